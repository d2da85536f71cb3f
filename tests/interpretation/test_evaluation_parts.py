import json

from genomics.interpretation.evaluation_parts import earlier, key, once


def test_only_a_result_under_the_same_key_is_taken(tmp_path):
    finished, folder = tmp_path / "evaluation.json", tmp_path / "parts"
    keys = {"faithfulness": {"ism": key("old", 1)}, "randomization": {}}
    records = [{"method": "ism", "task": "A", "sequences": 3}]
    finished.write_text(
        json.dumps({"methods": ["ism"], "faithfulness": records, "randomization": {"why": "no"}, "keys": keys})
    )
    have = earlier(finished, folder)
    assert once(have, "faithfulness", "ism", key("old", 1), lambda: 1 / 0) == records
    assert once(have, "faithfulness", "ism", key("new", 1), lambda: "first") == "first"
    # From the part that this left, and not from one of another question.
    assert once(have, "faithfulness", "ism", key("new", 1), lambda: 1 / 0) == "first"
    assert once(have, "faithfulness", "ism", key("new", 2), lambda: "second") == "second"
    assert once(have, "randomization", "ism", key("new", 2), lambda: "other part") == "other part"


def test_keys_that_are_none_hold_nothing(tmp_path):
    path = tmp_path / "evaluation.json"
    whole = {"methods": ["ism"], "faithfulness": [], "randomization": {}, "keys": {"faithfulness": ["ism"]}}
    for keys in ({"faithfulness": ["ism"]}, {"faithfulness": 3}, [], "ism"):
        path.write_text(json.dumps(whole | {"keys": keys}))
        assert once(earlier(path, tmp_path / "parts"), "faithfulness", "ism", str(keys), lambda: "new") == "new"
