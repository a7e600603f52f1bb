"""How markers and topics go with the alliance: within sessions, and over them. Tables only."""
