"""Tests of the project that run under the policies of a deployment: in a run of every test only so."""

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack, chdir
from pathlib import Path
from types import TracebackType
from typing import Self

from support import ancestor, enforcement
from support.acting import Actor
from support.policies import Policies

_ROOT = Path(__file__).parents[3]

_CLI = {
    "test_decide.py": [
        "test_a_decision_copies_what_the_verdict_rested_on",
        "test_a_file_answers_each_row_and_decides_nothing_twice",
        "test_other_videos_of_the_same_content_are_named_and_decided_alike_when_asked_for",
        "test_what_lies_there_no_more_is_named_by_its_id",
    ],
    "test_doctor.py": ["test_an_account_that_has_the_default_quota_needs_no_setting"],
    "test_give_up.py": ["test_give_up_ends_it_and_frees_its_slot"],
    "test_hold.py": ["test_without_an_option_all_is_held_and_each_turn_is_in_the_audit"],
    "test_inspect.py": ["test_a_raw_answer_in_the_work_bucket_is_inspected"],
    "test_policy.py": [
        "test_a_policy_is_tested_against_the_copy_and_what_it_lacks",
        "test_a_test_says_what_machines_would_reject_where_they_may",
        "test_a_policy_is_tested_against_the_videos_of_a_batch",
        "test_decisions_say_how_good_verdicts_are_and_too_few_advise_nothing",
        "test_what_the_copy_lacks_is_read_and_then_it_lacks_nothing",
        "test_workers_make_many_parts_one_and_take_out_who_was_forgotten",
    ],
    "test_policy_versions.py": [
        "test_a_document_that_is_gone_is_found_by_the_doctor",
        "test_back_to_an_older_version_is_a_newer_epoch",
    ],
    "test_redrive.py": [
        "test_a_redrive_that_died_before_it_sent_is_taken_up_by_the_next",
        "test_what_nobody_can_do_is_kept_elsewhere_and_leaves_its_queue_while_the_rest_stays",
    ],
    "test_report.py": ["test_lines_of_no_manifest_are_told_piece_by_piece"],
    "test_review.py": [
        "test_a_program_reviews_what_waits_the_highest_rank_first",
        "test_a_second_opinion_is_given_without_knowing_it_and_told_where_it_is_asked_for",
        "test_an_appeal_is_not_for_who_has_decided_and_is_opened_once",
        "test_somebody_asks_for_a_look_at_a_video_that_nobody_has_analysed",
        "test_what_is_skipped_is_for_others_today",
        "test_what_somebody_has_left_wakes_a_worker_and_waits_again",
    ],
    "test_retry.py": [
        "test_lines_that_no_manifest_holds_are_sent_by_the_command_itself",
        "test_what_a_batch_may_cost_has_to_be_said_anew_before_it_goes_on",
    ],
    "test_search.py": [
        "test_a_verdict_is_found_newest_first_and_since_a_day",
        "test_a_search_that_finds_nothing_says_what_was_looked_at",
        "test_words_of_a_text_that_its_item_has_no_room_for_are_looked_up_in_the_result",
    ],
    "test_show.py": ["test_json_is_the_dataset_of_the_video"],
    "test_smoke.py": [
        "test_a_notification_that_is_long_in_coming_is_found_out_by_asking_rekognition",
        "test_without_a_worker_the_line_is_seen_to_wait",
    ],
    "test_status.py": [
        "test_an_inventory_tells_how_much_of_it_is_read_and_what_was_passed_over",
        "test_time_and_money_to_come_follow_from_the_videos_that_were_paid_for",
    ],
    "test_submit.py": [
        "test_a_copy_that_breaks_off_half_way_is_taken_back",
        "test_a_single_video_in_s3_is_a_batch_of_one_line",
        "test_a_source_larger_than_a_part_is_copied_whole",
        "test_a_submission_whose_answer_is_lost_is_made_once",
        "test_an_empty_source_fails_and_leaves_nothing_behind",
    ],
    "test_submit_inventory.py": ["test_below_a_prefix_the_newest_inventory_that_is_complete_is_meant[inventory/]"],
}

_ADMISSION = {
    "test_budgets.py": ["test_what_would_pass_the_days_budget_waits_for_the_next_day_and_nothing_is_lost"],
    "test_downtime.py": ["test_a_slot_whose_jobs_row_was_deleted_gives_back_what_it_had_reserved"],
    "test_live_policy.py": ["test_machines_reject_what_somebody_has_switched_on_and_no_more_than_they_may"],
    "test_permits.py": [
        "test_a_line_of_a_paused_batch_is_dropped_once_its_chunk_knows_and_what_runs_goes_on",
        "test_an_attempt_that_never_ran_is_given_up_with_its_batch_and_another_batch_starts_it_on_its_own[Paused]",
    ],
    "test_sharing.py": [
        "test_the_claim_of_one_that_failed_passes_on",
        "test_where_the_raw_answer_is_gone_the_content_is_analysed_once_more",
    ],
    "test_tags.py": [
        "test_in_a_bucket_without_versions_what_is_put_once_more_is_tagged_again",
        "test_where_there_is_no_room_for_the_tag_somebody_hears_of_it_and_the_line_has_ended",
    ],
    "test_waiters.py": ["test_a_close_that_slept_before_its_last_step_takes_no_line_from_the_next_attempt"],
    "test_whole_batches.py": ["test_a_batch_that_reaches_its_maximum_cost_ends_with_every_line_told"],
}

_EXPANSION = {
    "test_batch_watch.py": [
        "test_a_batch_of_which_most_fails_pauses_itself_and_says_why",
        "test_a_batch_that_reached_its_maximum_cost_is_cancelled_for_that_reason",
        "test_a_pausing_batch_is_paused_once_nothing_of_it_runs",
    ],
    "test_expander.py": [
        "test_a_chunk_that_cannot_be_read_holds_up_none_of_its_neighbours",
        "test_lines_lost_from_the_queue_are_sent_again_when_none_ends_any_more[40]",
        "test_lines_that_need_no_analysis_end_at_once_and_are_not_sent",
        "test_of_a_paused_batch_nothing_is_sent_and_what_was_dropped_comes_again",
    ],
}

_WHOLE = {
    "test_batches.py": ["test_a_batch_whose_submitter_died_before_it_wrote_the_chunk_rows_is_worked_off"],
    "test_events.py": [
        "test_an_outage_of_the_bus_holds_up_no_line_and_each_revision_arrives_afterwards",
        "test_who_begins_to_listen_hears_the_status_of_everything_again",
    ],
    "test_faults.py": [
        "test_a_video_is_analysed_and_paid_once_in_spite_of[PutObject error]",
        "test_a_video_is_analysed_and_paid_once_in_spite_of[StartContentModeration cut after]",
        "test_the_quota_can_be_left_to_service_quotas_and_is_followed_while_the_worker_runs",
    ],
    "test_interleavings.py": ["test_content_put_back_after_rekognition_read_something_else_does_not_pass"],
    "test_inventories.py": ["test_other_objects_of_the_work_bucket_are_not_allowed_and_a_tick_asks_for_nothing"],
    "test_inventory_reader.py": ["test_a_manifest_over_which_workers_die_again_and_again_is_given_up"],
    "test_lines.py": [
        "test_a_video_overwritten_while_it_is_analysed_is_analysed_as_what_it_is_now",
        "test_one_of_two_analyses_that_fails_makes_the_line_fail",
    ],
    "test_reevaluation.py": ["test_what_the_test_foretells_is_what_it_does_and_raw_answers_say_the_same"],
    "test_review_items.py": ["test_a_worker_asks_people_what_the_policy_says_and_takes_it_back"],
    "test_reports.py": [
        "test_lines_that_no_manifest_names_are_reported_once_they_have_rested_and_again_after_a_later_one",
        "test_a_result_that_is_too_large_to_be_read_ahead_is_in_the_dataset_too",
        "test_the_dataset_of_segments_can_be_switched_off",
    ],
    "test_sealing.py": [
        "test_a_worker_that_is_killed_while_it_moves_is_followed",
        "test_of_what_a_matcher_seals_first_nothing_is_paid",
    ],
    "test_troubles.py": [
        "test_a_head_that_is_answered_with_500_for_ever_ends_its_line",
        "test_a_result_that_cannot_be_written_ends_its_job_and_the_batch_goes_on",
        "test_a_start_that_is_answered_with_500_for_ever_ends_and_frees_its_slot",
    ],
}

MODULES = [f"tests/integration/console/test_{module}.py" for module in ("leading", "reviewing")]
"""All that the console does for people: its role has no other work."""

TESTS = [
    f"tests/integration/{folder}{module}::{test}"
    for folder, modules in {"cli/": _CLI, "admission/": _ADMISSION, "expansion/": _EXPANSION, "": _WHOLE}.items()
    for module, tests in modules.items()
    for test in tests
]
"""Beside the main job, on which ways worker and command line call AWS."""

_OPTIONS = ["-p", "no:cacheprovider", "--numprocesses", "2", "--dist", "loadgroup"]


class SecondRun:
    """A run beside what else is done: `with SecondRun(folder, policies) as again: …`, and then `again.failures()`."""

    def __init__(self, folder: Path, policies: Mapping[Actor, Policies]) -> None:
        """`folder` gets the policies, and then the records."""
        self.folder = folder
        self.policies = policies
        self._log = folder / "second-run.log"
        self._stack = ExitStack()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        enforcement.write_policies(self.folder, self.policies)
        # What pytest and its plugins tell their children is not for this one.
        env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        # Where the first run has imported the tests, this one need not.
        forks = ancestor.descendants()
        popen = self._stack.enter_context(forks).popen if forks else subprocess.Popen
        with self._log.open("wb") as log, chdir(_ROOT):
            self._process = popen(
                [sys.executable, "-m", "pytest", "-q", *_OPTIONS, *TESTS, *MODULES],
                env=env | {enforcement.FOLDER: str(self.folder)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._stack.close()

    def failures(self) -> str:
        """Waits for the end, and gives what pytest said where a test has failed."""
        assert self._process is not None
        return self._log.read_text() if self._process.wait() else ""
