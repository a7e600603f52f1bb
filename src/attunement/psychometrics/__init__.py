"""How far raters can be relied on: agreement, reliability, items and bias. Tables only."""
