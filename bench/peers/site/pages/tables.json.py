"""The tables of the page, of the DuckDB file that DB names, as JSON on the standard output."""

import json
import os
import sys

import duckdb

TABLES = [
    "carrier_performance",
    "weekly_performance",
    "lane_performance",
    "transit_curve",
    "label_hours",
    "exception_codes",
    "stalled_parcels",
]

connection = duckdb.connect(os.environ["DB"], read_only=True)
tables = {}
for name in TABLES:
    found = connection.execute(f"select * from marts.{name}")
    columns = [column[0] for column in found.description]
    tables[name] = [dict(zip(columns, row)) for row in found.fetchall()]
json.dump(tables, sys.stdout, default=str)
