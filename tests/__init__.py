"""Tests: a folder for each room of the program, named as the room.

What several folders use:

- `conftest.py`: settings on SQLite and PostgreSQL, the run's S3 server, the example plugin.
- `patience.py`: how long tests wait, and waiting for a condition. `ports.py`: ports for servers.
- `postgresql.py`, `servers.py`, `shared_servers.py`: the real PostgreSQL and SeaweedFS.
- `commands`: `scanflow …` as processes that start quickly. `tools.py`: tests whose tool is not installed.
- `memory.py`, `statements.py`, `cheap_hasher.py`: less time for disks, SQL and passwords.
- `archive/filing.py`, `review/filing.py`: papers that are filed without being read.
- `pipeline/live_archive.py`: an archive with workers. `pipeline/archives.py`: one that several tests use.
- `pipeline/procs.py`: looking at processes and killing them.
- `scanner/escl.py`, `scanner/sane.py`: a virtual scanner, and real SANE devices for tests.
- `agent/counter.py`: a counter with scanner, PC and server. `desk/conftest.py`: one within the process.
- `web/reviewing.py`, `web/serving.py`, `web/place.py`: web servers with people, dossiers or a counter;
  `web/browsers.py`, `web/clerk.py`: what people do there in a real browser.
- `faults/proxy.py`: a proxy that fails in the ways of networks and servers.
- `capture/samples.py`, `classify/paper.py`, `pdf/makers.py`, `imaging/pages.py`, `ocr/pages.py`: pages.

`torture`, `night`, `hostile` and `fuzz` are also long runs of their own: `make torture`, `make night`,
`make hostile`, `make fuzz`.
"""
