from __future__ import annotations

from typing import get_args

from attunement.web.storage import Base, Sealed


def test_every_column_of_ciphertext_has_a_place() -> None:
    columns = {
        f"{table.name}.{column.name.removeprefix('sealed_')}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name.startswith(("sealed_", "wrapped_"))
    }
    assert columns == set(get_args(Sealed))
