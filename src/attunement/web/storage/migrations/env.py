"""How alembic reaches the database: through the connection that `upgrade` holds the lock on."""

from __future__ import annotations

from alembic import context

from attunement.web.storage._models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
