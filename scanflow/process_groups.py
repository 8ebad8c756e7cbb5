"""Ending programs together with those that they started, on Linux and Windows."""

import os
import subprocess
import sys
from contextlib import suppress

if sys.platform == "win32":

    def kill_group(process: "subprocess.Popen[str]") -> None:
        """Kill a program that was started with `start_new_session`, and those that it started."""
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False)

    def kill_own_group() -> None:
        """Kill this process; its parent ends those that it started."""
        os._exit(1)

else:
    import signal

    def kill_group(process: "subprocess.Popen[str]") -> None:
        """Kill a program that was started with `start_new_session`, and those that it started."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    def kill_own_group() -> None:
        """Kill this process and all of its group."""
        os.killpg(0, signal.SIGKILL)
