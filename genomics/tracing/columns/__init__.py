"""What every transformation knows of a primitive: one record each, in one table.

`record.py` says what a record is, `table.py` lists them; `register` there adds one. The families: `elementwise.py`,
`windows.py` (convolutions and pools), `moves.py` (what rearranges axes), `others.py` (what acts along other axes).
"""
