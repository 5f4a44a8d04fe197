"""Facts about what both generators share; no torch needed."""

from hilum_training.dicom import uid


def test_uids_are_valid_and_stable():
    assert uid("a", 1) == uid("a", 1) != uid("a", 2)
    assert uid("a", 1).is_valid and len(uid("a", 1)) <= 64
