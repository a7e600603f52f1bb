"""Write docs/openapi.json, the API's description, as the service gives it.

python tools/openapi.py
"""

from __future__ import annotations

import json
from pathlib import Path

from attunement.web._app import create_app
from attunement.web._settings import Settings

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "openapi.json"


def document() -> str:
    """Give the description as it is committed."""
    described = create_app(Settings()).openapi()
    return json.dumps(described, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
