"""Password hashes that cost next to nothing, and the command line with them.

python -m tests.cheap_hasher --home HOME web ...    # for tests that try many passwords
"""

from argon2 import PasswordHasher

CHEAP_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

if __name__ == "__main__":  # not for the program's child processes, which import this module too
    from scanflow.archive.people import accounts
    from scanflow.cli import main

    accounts.hasher = CHEAP_HASHER
    main()
