"""Ask the service in this container whether it is alive; the exit code answers."""

import os
import sys
from http.client import HTTPConnection, HTTPException

PATIENCE_SECONDS = 4
ALIVE = 200


def alive(port: int) -> bool:
    """Tell whether /health answers."""
    asked = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        asked.request("GET", "/health")
        return asked.getresponse().status == ALIVE
    except (OSError, HTTPException):
        return False
    finally:
        asked.close()


if __name__ == "__main__":
    sys.exit(0 if alive(int(os.environ.get("ATTUNEMENT_PORT", "8000"))) else 1)
