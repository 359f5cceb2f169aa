from app.platform.jumps import JumpDetector


def test_the_first_reading_is_never_a_sleep():
    assert JumpDetector().tick(0.0, 1000.0) == 0.0


def test_clocks_that_run_together_are_no_sleep_however_long_the_stall():
    jump = JumpDetector()
    jump.tick(10.0, 1000.0)
    assert jump.tick(500.0, 1490.0) == 0.0


def test_a_clock_that_ran_on_in_sleep_tells_how_long():
    jump = JumpDetector()
    jump.tick(10.0, 1000.0)
    assert jump.tick(11.0, 1601.0) == 600.0
    assert jump.tick(12.0, 1602.0) == 0.0


def test_a_clock_set_back_is_no_sleep():
    jump = JumpDetector()
    jump.tick(10.0, 1000.0)
    assert jump.tick(11.0, 400.0) == 0.0
    assert jump.tick(12.0, 401.0) == 0.0


def test_a_correction_below_the_threshold_is_no_sleep():
    jump = JumpDetector(threshold=2.0)
    jump.tick(10.0, 1000.0)
    assert jump.tick(11.0, 1002.9) == 0.0
    assert jump.tick(12.0, 1005.9) == 2.0


def test_a_sleep_already_announced_is_not_told_twice():
    jump = JumpDetector()
    jump.tick(10.0, 1000.0)
    jump.forgive()
    assert jump.tick(11.0, 1601.0) == 0.0
