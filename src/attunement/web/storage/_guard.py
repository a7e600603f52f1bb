"""What keeps a session to one organisation: statements are narrowed to it, or refused.

Narrowing reaches what is asked of the models. Everything else that the library would let through
as it is (SQL of one's own, bare tables, rows written in bulk, references to other people's rows)
is refused here, so that a mistake elsewhere is a failure and never a leak.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NoReturn

from sqlalchemy import Delete, Null, Select, Table, TextClause, Update, event, inspect, select
from sqlalchemy.orm import Mapper, ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import BindParameter, ClauseElement, ColumnClause
from sqlalchemy.sql.selectable import Alias, FromClause, SelectBase, TextualSelect

from attunement.web.storage._models import Base, Organisation, Scoped

UNSCOPED = "unscoped"
ORGANISATION = "organisation_id"


class UnscopedQueryError(AssertionError):
    """A statement that could reach another organisation's rows; a fault in this program."""


class GuardedSession(Session):
    """A session without the ways past the guard: none but an unscoped one may take them."""

    def connection(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401
        self._only_unscoped("a connection")
        return super().connection(*args, **options)

    def bulk_save_objects(self, *args: Any, **options: Any) -> None:  # noqa: ANN401
        self._only_unscoped("rows written in bulk")
        super().bulk_save_objects(*args, **options)

    def bulk_insert_mappings(self, *args: Any, **options: Any) -> None:  # noqa: ANN401
        self._only_unscoped("rows written in bulk")
        super().bulk_insert_mappings(*args, **options)

    def bulk_update_mappings(self, *args: Any, **options: Any) -> None:  # noqa: ANN401
        self._only_unscoped("rows written in bulk")
        super().bulk_update_mappings(*args, **options)

    def _only_unscoped(self, what: str) -> None:
        if not self.info.get(UNSCOPED):
            _refuse(what)


@event.listens_for(Session, "do_orm_execute")
def _narrow(state: ORMExecuteState) -> None:
    """Narrow every statement to the session's organisation, or refuse it."""
    info = state.session.info
    if info.get(UNSCOPED):
        return
    organisation_id = info.get(ORGANISATION)
    if organisation_id is None:
        _refuse("a statement outside Database.of() and Database.unscoped()")
    if state.is_column_load or state.is_relationship_load:
        # Of a row that is here already, and so the organisation's.
        return
    if not state.is_orm_statement or state.is_from_statement:
        _refuse("a statement that is not about the models")
    if state.is_insert:
        _refuse("an INSERT statement: add rows to the session")
    if isinstance(state.statement, ClauseElement):
        _refuse_what_is_not_narrowed(state.statement)
    if isinstance(state.statement, Update | Delete):
        _check_alone(state, state.statement)
    if isinstance(state.statement, Update):
        _check_update(state, state.statement)
    state.statement = state.statement.options(
        with_loader_criteria(
            Scoped,
            lambda cls: cls.organisation_id == organisation_id,
            include_aliases=True,
        ),
        with_loader_criteria(
            Organisation,
            lambda cls: cls.id == organisation_id,
            include_aliases=True,
        ),
    )


def _refuse_what_is_not_narrowed(statement: ClauseElement) -> None:
    """Refuse tables and SQL that stand in a statement without their model."""
    for element in visitors.iterate(statement):
        match element:
            case TextClause() | TextualSelect():
                _refuse("SQL as text")
            case ColumnClause(is_literal=True) if element.name != "*":
                _refuse("SQL as text")
            case Select() if _tables(element) - _narrowed(element):
                _refuse("a table without its model")
            case _:
                pass


def _tables(statement: Select[Any]) -> set[FromClause]:
    """Give the tables, and tables by other names, that a SELECT reads itself."""
    return {one for one in _own(statement.get_children()) if isinstance(one, Table | Alias)}


def _narrowed(statement: Select[Any]) -> set[FromClause]:
    """Give those that the library narrows: it goes by the models in these parts of a SELECT."""
    if statement._propagate_attrs.get("compile_state_plugin") != "orm":
        return set()
    joined = [target for target, *_ in statement._setup_joins]
    found = _models((*statement._where_criteria, *statement._from_obj, *joined))
    for column in statement._raw_columns:
        # Of one that is made of several models' columns, the library looks at the first alone.
        models = _models((column,))
        found |= models if len(models) == 1 else set()
    return {model.selectable for model in found}


def _models(elements: Iterable[Any]) -> set[Any]:
    """Give the models, and models by other names, that stand in elements."""
    models = (one._annotations.get("parententity") for one in _own(elements))
    return {model for model in models if model is not None}


def _own(elements: Iterable[Any]) -> Iterator[Any]:
    """Walk through elements, and not into other SELECTs in them."""
    waiting = list(elements)
    while waiting:
        element = waiting.pop()
        yield element
        if not isinstance(element, SelectBase | Alias):
            waiting.extend(element.get_children())


def _check_alone(state: ORMExecuteState, statement: Update | Delete) -> None:
    """Refuse an UPDATE or DELETE that reads other tables beside its own, but in a SELECT."""
    for one in _own((*statement._where_criteria, *statement._returning)):
        model = one._annotations.get("parententity")
        if isinstance(one, ColumnClause | FromClause) and model is not state.bind_mapper:
            _refuse("a statement that changes one table and reads another")


def _check_update(state: ORMExecuteState, statement: Update) -> None:
    """Let an UPDATE move no row to another organisation, and make none point there."""
    if state.parameters:
        # A list of them goes by primary keys alone, whatever the statement says.
        _refuse("an UPDATE with values beside the statement")
    mapper = state.bind_mapper
    if mapper is None:
        _refuse("an UPDATE that is not about a model")
    pointed: set[tuple[type[Base], Any]] = set()
    for name, value in _values(statement):
        if name == ORGANISATION:
            _refuse("an UPDATE that moves rows to another organisation")
        parent = _parents(mapper).get(name)
        if parent is None or isinstance(value, Null):
            continue
        if not isinstance(value, BindParameter):
            _refuse("an UPDATE that points to what only the database knows")
        if value.value is not None:
            pointed.add((parent, value.value))
    _check_pointed(state.session, pointed)


def _values(statement: Update) -> Iterator[tuple[str, object]]:
    for key, value in (statement._values or {}).items():
        yield (key if isinstance(key, str) else key.key), value


@event.listens_for(Session, "before_flush")
def _own_rows_only(session: Session, *_: object) -> None:
    """Write rows of the organisation alone."""
    organisation_id = session.info.get(ORGANISATION)
    if organisation_id is None:
        return
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, Organisation) and row.id != organisation_id:
            _refuse("another organisation's own row")
        if not isinstance(row, Scoped):
            continue
        if row in session.new and not row.organisation_id:
            row.organisation_id = organisation_id
        if row.organisation_id != organisation_id:
            _refuse(f"a {type(row).__name__} of another organisation")


@event.listens_for(Session, "after_flush")
def _pointing_to_own_rows_only(session: Session, *_: object) -> None:
    """Let written rows point to rows of the organisation alone; what was written is undone else.

    SQLite gives the right to write to who asks for it before reading: so it is looked up after.
    """
    if session.info.get(ORGANISATION) is None:
        return
    rows = [row for row in (*session.new, *session.dirty) if isinstance(row, Scoped)]
    _check_pointed(session, {pointed for row in rows for pointed in _pointed_anew(row)})


@event.listens_for(Session, "detached_to_persistent")
def _nothing_from_elsewhere(session: Session, row: object) -> None:
    """Take in no row that this session has not found itself: it may be claimed to be anybody's."""
    if session.info.get(ORGANISATION) is not None:
        _refuse(f"a {type(row).__name__} that was found in another session")


def _pointed_anew(row: Scoped) -> Iterator[tuple[type[Base], Any]]:
    state = inspect(row, raiseerr=True)
    for name, parent in _parents(state.mapper).items():
        for value in state.attrs[name].history.added or ():
            if value is not None:
                yield parent, value


def _check_pointed(session: Session, pointed: Iterable[tuple[type[Base], Any]]) -> None:
    """Refuse to point to another organisation's rows; of rows that are nowhere, keys take care."""
    unknown: dict[type[Base], set[Any]] = defaultdict(set)
    for parent, key in pointed:
        if inspect(parent).identity_key_from_primary_key((key,)) not in session.identity_map:
            unknown[parent].add(key)
    for parent, keys in unknown.items():
        table = inspect(parent).local_table
        (column,) = table.primary_key
        of_others = select(column).where(
            column.in_(keys), table.c[ORGANISATION] != session.info[ORGANISATION]
        )
        if Session.connection(session).execute(of_others).first() is not None:
            _refuse(f"a row that points to a {parent.__name__} of another organisation")


@cache
def _parents(mapper: Mapper[Any]) -> dict[str, type[Base]]:
    """Give the columns of a model that point to rows of an organisation, and to which model's."""
    models = {
        one.local_table: one.class_
        for one in Base.registry.mappers
        if issubclass(one.class_, Scoped) and issubclass(one.class_, Base)
    }
    return {
        mapper.get_property_by_column(column).key: models[key.column.table]
        for column in mapper.columns
        for key in column.foreign_keys
        if key.column.table in models
    }


def _refuse(what: str) -> NoReturn:
    raise UnscopedQueryError(what)
