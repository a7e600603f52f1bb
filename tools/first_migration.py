"""Write the first migration from the models: `python tools/first_migration.py`.

Until a version is released there is one migration, which is written anew when the models change.
Afterwards every change gets a migration of its own.
"""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from attunement.web.storage import Base

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "src/attunement/web/storage/migrations/versions/0001_first.py"
HEAD = '''"""The tables of the first version, written by tools/first_migration.py."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from attunement.web.storage._models import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this version."""
'''


def migration() -> str:
    """The migration's text, before it is formatted."""
    with create_engine("sqlite://").connect() as connection:
        context = MigrationContext.configure(connection)
        operations = produce_migrations(context, Base.metadata).upgrade_ops
    assert operations is not None
    body = render_python_code(operations, migration_context=context)
    lines = (line for line in body.splitlines() if not line.lstrip().startswith("#"))
    text = "\n".join(f"    {line.strip()}" if line.strip() else "" for line in lines)
    return HEAD + text.replace("attunement.web.storage._models.Moment", "Moment") + "\n"


if __name__ == "__main__":
    TARGET.write_text(migration(), encoding="utf-8")
