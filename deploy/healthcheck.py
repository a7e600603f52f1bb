"""Ask the service in this container whether it is alive; the exit code answers.

It asks under the first of the names the service is reached by, as the service answers to no other.
"""

import os
import sys
from http.client import HTTPConnection, HTTPException
from urllib.parse import quote

PATIENCE_SECONDS = 4
ALIVE = 200


def alive(*, port: int, name: str) -> bool:
    """Tell whether /health answers."""
    asked = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        asked.request("GET", "/health", headers={"Host": quote(name, safe="[]:.-")})
        return asked.getresponse().status == ALIVE
    except (OSError, HTTPException):
        return False
    finally:
        asked.close()


if __name__ == "__main__":
    names = os.environ.get("ATTUNEMENT_ALLOWED_HOSTS", "localhost").split(",")
    port = int(os.environ.get("ATTUNEMENT_PORT", "8000"))
    sys.exit(0 if alive(port=port, name=names[0].strip()) else 1)
