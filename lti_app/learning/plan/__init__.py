"""Planning a team's targets: units, order, needs-first links, reshaping, bulk entry, the map."""
