from structlog.testing import capture_logs

from reelsift.domain.policy import Policy
from reelsift.runtime.policy_warnings import log_policy


def test_a_worker_logs_labels_that_nobody_knows_as_errors_with_the_nearest() -> None:
    with capture_logs() as logs:
        log_policy(Policy.parse("content_moderation: {Wepons: {reject: 90}}"), {})
    (entry,) = logs
    assert (entry["event"], entry["log_level"], entry["label"]) == ("policy_label_unknown", "error", "Wepons")
    assert entry["nearest"] == "Weapons"


def test_a_worker_logs_thresholds_that_are_fractions() -> None:
    with capture_logs() as logs:
        log_policy(Policy.parse("content_moderation: {Weapons: {reject: 0.9}}"), {})
    assert [entry["event"] for entry in logs] == ["policy_thresholds_below_1"]


def test_a_policy_that_says_what_it_means_logs_nothing() -> None:
    with capture_logs() as logs:
        log_policy(Policy.built_in(), {})
    assert logs == []


def test_a_worker_logs_thresholds_below_what_is_seen_and_no_name() -> None:
    policy = Policy.parse("celebrities: {Ada Mirren: {review: 60, reject: 70, alert: 95}}")
    with capture_logs() as logs:
        log_policy(policy, {"celebrities_min_confidence": 65.0})
    (entry,) = logs
    assert (entry["event"], entry["setting"]) == ("policy_threshold_unseen", "celebrities_min_confidence")
    assert (entry["threshold"], entry["thresholds"], entry["then"]) == (60.0, 1, "nothing below 65 is seen")
    assert "Mirren" not in str(entry)
