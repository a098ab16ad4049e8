"""What the faults decide, without a server."""

import pytest

from pipeline.sandbox.faults import Decision, Fault, FaultPlan, Faults, OddBody


def sequence(plan, calls=200):
    return [plan.decide(creating=True) for _ in range(calls)]


def share(plan, fault, calls=2000):
    return sum(decision.fault is fault for decision in sequence(plan, calls)) / calls


def test_nothing_goes_wrong_by_default():
    plan = FaultPlan(Faults())
    assert set(sequence(plan)) == {Decision()}
    assert not plan.over_limit(0)
    assert not plan.uses_up("token")


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("drop", Fault.DROP),
        ("throttle", Fault.THROTTLE),
        ("refusals", Fault.REFUSAL),
        ("errors", Fault.ERROR),
        ("lose_answers", Fault.LOSE_ANSWER),
        ("cut_answers", Fault.CUT_ANSWER),
        ("odd_bodies", Fault.ODD_BODY),
    ],
)
def test_each_share_gives_its_fault(name, fault):
    assert share(FaultPlan(Faults(**{name: 1})), fault) == 1
    assert 0.2 < share(FaultPlan(Faults(**{name: 0.25})), fault) < 0.3


def test_the_seed_repeats_the_sequence():
    faults = Faults(errors=0.2, lose_answers=0.2, slow=0.3, seed=7)
    first = sequence(FaultPlan(faults))
    assert first == sequence(FaultPlan(faults))
    assert first != sequence(FaultPlan(Faults(errors=0.2, lose_answers=0.2, slow=0.3, seed=8)))


def test_other_calls_do_not_shift_the_creates():
    faults = Faults(drop=0.3, errors=0.3, seed=3)
    plain, mixed = FaultPlan(faults), FaultPlan(faults)
    expected = sequence(plain)
    found = []
    for number in range(200):
        for _ in range(number % 3):
            mixed.decide(creating=False)
        found.append(mixed.decide(creating=True))
    assert found == expected


def test_switching_one_fault_on_does_not_move_another():
    lost = [decision.fault is Fault.LOSE_ANSWER for decision in sequence(FaultPlan(Faults(lose_answers=0.3)))]
    both = sequence(FaultPlan(Faults(lose_answers=0.3, odd_bodies=0.5)))
    assert [decision.fault is Fault.LOSE_ANSWER for decision in both] == lost


def test_other_calls_are_only_dropped_or_throttled():
    plan = FaultPlan(Faults(drop=0.3, throttle=0.3, errors=1, lose_answers=1, refusals=1, slow=1))
    decisions = {plan.decide(creating=False) for _ in range(200)}
    assert decisions == {Decision(), Decision(fault=Fault.DROP), Decision(fault=Fault.THROTTLE)}


def test_slow_comes_on_top():
    assert set(sequence(FaultPlan(Faults(slow=1, errors=1)))) == {Decision(fault=Fault.ERROR, slow=True)}


def test_limits_slide():
    plan = FaultPlan(Faults(limits=((2, 10.0),)))
    assert [plan.over_limit(at) for at in (0, 4, 5, 9.9, 10, 11, 14, 15)] == [
        *(False, False, True, True),
        *(False, True, False, True),
    ]


def test_all_limits_hold_and_what_one_refuses_uses_up_none():
    plan = FaultPlan(Faults(limits=((1, 1.0), (3, 100.0))))
    assert [plan.over_limit(at) for at in (0, 0.5, 1, 1.5, 2, 3, 99, 100)] == [
        *(False, True, False, True),
        *(False, True, True, False),
    ]


def test_tokens_are_used_up_one_by_one():
    plan = FaultPlan(Faults(expire_token=2))
    assert [plan.uses_up("a") for _ in range(4)] == [False, False, True, True]
    assert not plan.uses_up("b")


def test_odd_bodies_take_turns():
    plan = FaultPlan(Faults(odd_bodies=1))
    assert [plan.next_odd_body() for _ in range(5)] == [*OddBody, OddBody.HTML]


@pytest.mark.parametrize("wrong", [{"errors": 1.5}, {"drop": -0.1}, {"latency_s": -1}, {"slow_s": -1}])
def test_shares_and_times_are_checked(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Faults(**wrong)
