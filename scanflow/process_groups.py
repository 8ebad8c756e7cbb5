"""Programs that are ended with all that they have started, on Linux and on Windows."""

import os
import subprocess
import sys
from contextlib import suppress

if sys.platform == "win32":

    def kill_group(process: "subprocess.Popen[str]") -> None:
        """End a program that was started with `start_new_session`, and those that it has started, at once."""
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False)

    def kill_own_group() -> None:
        """End this process; its parent ends what it has started."""
        os._exit(1)

else:
    import signal

    def kill_group(process: "subprocess.Popen[str]") -> None:
        """End a program that was started with `start_new_session`, and those that it has started, at once."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    def kill_own_group() -> None:
        """End this process and all of its group."""
        os.killpg(0, signal.SIGKILL)
