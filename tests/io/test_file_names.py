from genomics.io.file_names import file_names


def test_names_stay_where_they_can():
    assert file_names(["CTCF", "H3K4me3", "a.b-c+d"]) == ("CTCF", "H3K4me3", "a.b-c+d")


def test_what_file_systems_refuse_is_replaced_and_names_stay_apart():
    assert file_names(["a/b", "a b", "A:B", "a_b_2", "../x"]) == ("a_b", "a_b_2", "A_B_3", "a_b_2_2", ".._x")
