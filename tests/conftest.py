"""What holds for every test."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# How long an example takes depends on what else the machine is doing: speed is for benchmarks/.
settings.register_profile("attunement", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("attunement")
