from chaos.acts import Deed
from chaos.cast import Cast
from chaos.kinds import KINDS
from chaos.schedule import Schedule
from chaos.stories import OPERATOR, PEOPLE, UNDO_S, Stories
from rekognition_cloud.rekognition.operations import ANALYSES as CLOUD


def test_a_seed_says_all_that_goes_wrong() -> None:
    assert Schedule.of(7, 500) == Schedule.of(7, 500)
    assert str(Schedule.of(7, 500)) == str(Schedule.of(7, 500))
    assert Schedule.of(7, 500).events != Schedule.of(8, 500).events
    assert Cast.of(7, 100) == Cast.of(7, 100)
    assert Cast.of(7, 100) != Cast.of(8, 100)


def test_twenty_seeds_do_everything_that_can_be_done_to_a_fleet() -> None:
    schedules = [Schedule.of(seed, 500) for seed in range(1, 21)]
    assert {schedule.workers for schedule in schedules} == {2, 3, 4, 5, 6}
    assert {schedule.holding for schedule in schedules} == {"slots", "cloud", "auto"}
    for schedule in schedules:
        actions = {event.action for event in schedule.events}
        always = {"kill", "terminate", "pause", "skew", "storm", "restart_rekognition", "take_quota"}
        assert actions - always == {"lower_quota" if schedule.holding == "auto" else "throttle"}
        assert actions >= always
        assert all(0 <= event.at <= schedule.seconds for event in schedule.events)
    storms = [event.details for schedule in schedules for event in schedule.events if event.action == "storm"]
    assert {storm["shape"] for storm in storms} == {"error", "throttle", "cut before", "cut after", "delay"}
    assert {storm["service"] for storm in storms} == {"all", "dynamodb", "events", "rekognition", "s3", "sns", "sqs"}


def test_people_do_everything_that_people_can_do() -> None:
    stories = [Stories.of(seed, Cast.of(seed, 200).subjects, 32.0) for seed in range(1, 11)]
    assert stories[0] == Stories.of(1, Cast.of(1, 200).subjects, 32.0)
    acts = [act for story in stories for act in story.acts]
    assert {act.deed for act in acts} == set(Deed)
    assert {act.person for act in acts} == {*range(PEOPLE), OPERATOR}
    decided = {act.details["action"] for act in acts if act.deed is Deed.DECIDE}
    assert decided == {"approve", "reject", "restrict", "escalate"}
    assert {act.details["action"] for act in acts if act.deed is Deed.ANSWER} == {"uphold", "overturn"}
    at_the_desk = {act.details["then"] for act in acts if act.deed is Deed.REVIEW}
    assert at_the_desk == {"approve", "reject", "skip", "lose", "renew"}
    assert {clock > 0 for story in stories for clock in story.clocks if clock} == {True, False}


def test_what_somebody_takes_back_they_have_decided() -> None:
    for seed in range(1, 11):
        acts = {act.number: act for act in Stories.of(seed, Cast.of(seed, 200).subjects, 32.0).acts}
        acts = {number: act for number, act in acts.items() if act.person != OPERATOR}
        waits = {act.at - acts[act.after].at for act in acts.values() if act.after is not None}
        assert min(waits) < UNDO_S < max(waits)
        for act in acts.values():
            assert (act.after is not None) == (act.deed is Deed.WITHDRAW)
            if act.after is not None:
                before = acts[act.after]
                assert (before.person, before.key, before.deed) == (act.person, act.key, Deed.DECIDE)


def test_the_last_policy_acts_on_the_archive_and_what_is_held_is_released() -> None:
    changes = set()
    for seed in range(1, 21):
        stories = Stories.of(seed, Cast.of(seed, 30).subjects, 9.0)
        acts = sorted(stories.of_person(OPERATOR), key=lambda act: act.number)
        assert [act.deed for act in acts][-4:] == [Deed.APPLY, Deed.REEVALUATE, Deed.HOLD, Deed.RELEASE]
        assert acts[-1].details == acts[-2].details
        assert acts[-1].after == acts[-2].number
        assert acts[-3].after == acts[-4].number
        changes.add(tuple(act.details["policy"] for act in acts if act.deed is Deed.APPLY))
        assert len(stories.clocks) == len(stories.closed) == PEOPLE + 1
    assert changes == {("lenient",), ("lenient", "back"), ("lenient", "back", "lenient")}


def test_a_cast_has_lines_of_every_sort() -> None:
    cast = Cast.of(1, 500)
    assert {subject.kind.name for subject in cast.subjects} == {kind.name for kind in KINDS}
    lines = [row for manifest in cast.manifests for row in manifest.rows]
    lines += [line for parcel in cast.parcels for line in parcel.lines]
    assert {subject.key for subject in cast.subjects} == {line.key for line in lines if line}
    assert len([line for line in lines if line]) > 500
    assert {parcel.queue for parcel in cast.parcels} == {"intake", "priority", "completion"}
    assert any(parcel.poison for parcel in cast.parcels)
    assert any(len(parcel.lines) > 1 and None in parcel.lines for parcel in cast.parcels)


def test_lines_ask_for_any_number_of_analyses_and_always_for_moderation() -> None:
    casts = [Cast.of(seed, 200) for seed in range(1, 4)]
    asked = {manifest.analyses for cast in casts for manifest in cast.manifests}
    asked |= {parcel.analyses for cast in casts for parcel in cast.parcels}
    assert {len(analyses) for analyses in asked} == {1, 2, 3, 4, 5, 6}
    assert all(len(set(analyses)) == len(analyses) for analyses in asked)
    assert all("content_moderation" in analyses for analyses in asked)
    assert set().union(*asked) == {analysis.name for analysis in CLOUD}
