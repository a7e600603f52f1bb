"""What depends on how a database keeps people apart, on PostgreSQL as well."""

from __future__ import annotations

import pytest
from tests.web.accounts.test_audit import (
    test_a_whole_audit_holds,
    test_an_entry_that_was_changed_or_taken_out_shows,
)
from tests.web.accounts.test_bad_input import test_a_nul_in_an_address_is_refused
from tests.web.accounts.test_links import test_of_many_who_use_a_link_at_once_one_gets_in
from tests.web.accounts.test_log_in import (
    test_a_locked_account_stays_locked_over_a_restart_and_does_not_tell,
    test_a_login_ends_when_it_was_not_used_and_when_its_time_is_over,
)
from tests.web.accounts.test_people import (
    test_an_address_is_one_account,
    test_two_admins_cannot_demote_each_other_at_once,
)
from tests.web.test_scoping import (
    test_another_organisation_gets_nothing_and_changes_nothing_whatever_it_asks,
    world,
)

from attunement.web._settings import Settings

__all__ = [
    "test_a_locked_account_stays_locked_over_a_restart_and_does_not_tell",
    "test_a_login_ends_when_it_was_not_used_and_when_its_time_is_over",
    "test_a_nul_in_an_address_is_refused",
    "test_a_whole_audit_holds",
    "test_an_address_is_one_account",
    "test_an_entry_that_was_changed_or_taken_out_shows",
    "test_another_organisation_gets_nothing_and_changes_nothing_whatever_it_asks",
    "test_of_many_who_use_a_link_at_once_one_gets_in",
    "test_two_admins_cannot_demote_each_other_at_once",
    "world",
]


@pytest.fixture
def settings(settings: Settings, postgres_url: str) -> Settings:
    return Settings(data_folder=settings.data_folder, database=postgres_url, logins_per_minute=1000)
