"""Every wait and time limit of the worker that is neither a setting nor a limit of AWS's own."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timings:
    """How long the parts of a worker wait, in seconds.

    They are no settings: nobody who runs a deployment needs to change them. They stand together, are given to the
    worker by whoever makes it, and are what a test shortens. What only makes sense in relation to a setting (leases,
    visibility) is a setting; what AWS dictates (a message is delayed 15 minutes at most) stands where it applies.
    """

    # Lines and their batches

    line_retry_s: int = 2
    """A line that has to wait for a moment's work of another worker comes back after this."""
    started_line_s: int = 30
    """A line of a stopped batch comes back after this for as long as an analysis that it has started still runs."""
    paused_line_s: int = 300
    """A line of a paused batch comes back after this, where no chunk would send it again."""
    batch_fresh_s: float = 2.0
    """A batch's row is read again after this: so long somebody's `pause` or `cancel` may go unnoticed."""

    # Holds

    hold_fresh_s: float = 2.0
    """What the deployment holds is read again after this: so long somebody's `hold` or `release` may go unnoticed."""
    held_s: float = 1.0
    """While starts are held a worker's intake looks again after this."""
    held_replay_s: float = 60.0
    """While starts are held, a Start of which nobody knows whether it was sent is looked at again after this."""

    # The policy

    policy_follow_s: float = 15.0
    """Pause between two reads of the live policy: so long somebody's `policy apply` may go unnoticed."""
    policy_stale_s: float = 600.0
    """A worker that could not read the live policy for so long judges nothing until it can."""
    policy_report_s: float = 60.0
    """A worker says again by which version of the policy it judges after this."""

    # Starts

    start_retry_s: float = 0.2
    """Pause after a throttled or unclear Start, doubled for each further one in a row."""
    longest_start_retry_s: float = 10.0
    """The longest of these pauses."""
    replay_retry_s: float = 1.0
    """A replayed Start that meets a full quota is sent again after this, doubled for each process that has sent it."""
    denied_pause_s: float = 30.0
    """An analysis is not started for so long after Rekognition has denied its Start. What was denied comes back after
    this, doubled each time up to SQS's longest delay.
    """
    lost_message_s: float = 24 * 3600.0
    """The message of a due attempt is sent again after this. SQS loses none, but a person may purge a queue."""

    # What fails

    failed_job_retry_s: float = 30.0
    """A job that this program has failed over is checked after this, if not before."""

    # Trouble with one video alone

    trouble_check_s: float = 60.0
    """A running job over which Rekognition fails is asked for after this."""
    longest_trouble_gap_s: float = 300.0
    """Of the time between two failures over one video no more than this counts as trouble: nobody has seen the rest."""
    probe_fresh_s: float = 10.0
    """Whether AWS answers about others is asked again after this."""

    # Running jobs

    early_completion_s: float = 10.0
    """A job whose completion came before its end is checked after this: the completion does not come again."""

    # Identical content

    vanished_owner_s: float = 30.0
    """An owner of a content that has no job this long after its claim has died, or its line was dropped or ended.
    Between a claim and the job's row pass some milliseconds.
    """
    first_owner_check_s: float = 5.0
    """A job that waits for the owner of its content checks on that after this at first."""
    longest_owner_check_s: float = 300.0
    """The longest pause between two such checks."""

    # Slots

    slot_wait_s: float = 10.0
    """How long one call waits for a slot before it returns without, so that its loop shows that it is alive."""
    orphan_slot_s: float = 120.0
    """A slot held less long than this may belong to a transaction that is not yet visible everywhere."""

    # Money

    batch_budget_retry_s: int = 15
    """A line or an attempt comes back after this where attempts under way have reserved what is left of its batch's
    budget: they may cost less. Doubled each time up to SQS's longest delay.
    """
    day_budget_pause_s: float = 60.0
    """Nothing is received for so long after the day's budget has refused an attempt."""
    longest_day_budget_retry_s: int = 900
    """What the day's budget refuses comes back after this, or as soon as the next day begins. At most SQS's longest
    delay.
    """
    bitrate_fresh_s: float = 300.0
    """The mean bitrate of the videos that were paid for is measured again after this."""
    assumed_bitrate_fresh_s: float = 15.0
    """The same while too few videos were measured: the first ones may be quite unlike what is assumed."""

    # Messages

    priority_pause_s: float = 1.0
    """A priority queue that was empty is not asked again for so long: each free slot would wait for its answer."""
    outage_retry_s: int = 15
    """A message that met an outage of AWS comes back after this; so long the intake itself pauses after several."""
    longest_hidden_s: int = 900
    """A message that is hidden after an outage, not sent anew, stays hidden no longer: it counts its receives, and is
    to outlast an outage of an hour.
    """
    completion_retry_s: int = 5
    """A completion that met an outage comes back after this. To lose it would cost only time."""
    dead_letter_hidden_s: int = 30
    """How long the sweep hides the dead letters it reads."""

    # Tags

    tag_lease_s: float = 60.0
    """A worker that writes the tags of a video has it to itself for so long, and anew while it writes. What somebody
    has left behind is taken up after this.
    """
    late_tagger_s: float = 900.0
    """A video whose tags were taken over from another worker is looked at once more after this: a request of that one
    may still have been under way.
    """

    tags_step_s: float = 10.0
    """One step tags for no longer than this, so that its loop shows that it is alive. The next follows at once."""

    # Sealing

    seal_poll_s: float = 5.0
    """How often a worker looks for sealed videos of which something is still to be moved."""
    seal_lease_s: float = 30.0
    """A worker that moves what is known of a sealed video has it to itself for so long, and anew while it moves."""
    seal_step_s: float = 10.0
    """One step takes videos up for no longer than this, so that its loop shows that it is alive."""
    seal_retry_s: float = 10.0
    """A video that could not be moved is tried again after this; doubled each time."""
    longest_seal_retry_s: float = 900.0
    """The longest pause between two such tries."""
    sealed_job_s: float = 60.0
    """A sealed video of which an analysis is under way is looked at again after this."""
    late_sealing_s: float = 900.0
    """A sealed video is looked at once more after this: a worker that knew nothing of the seal may have left something.
    """

    # Mail

    mail_check_s: float = 5.0
    """How often a worker checks for alerts that another worker has left behind. Its own it mails at once."""

    # Events

    events_poll_s: float = 5.0
    """Pause between two looks for what was not told, or was to wait."""
    events_step_s: float = 10.0
    """One step tells for no longer than this, so that its loop shows that it is alive. The next follows at once."""
    events_outrun_s: float = 0.5
    """Pause after a look at which other workers were first with all that was found."""
    first_retelling_s: float = 1.0
    """What the bus did not take is told again after this at first."""
    retelling_s: float = 30.0
    """A worker that takes up a row to tell it has so long for that; then another may, or itself after a failure.
    Doubled for each time that it was taken up.
    """
    longest_retelling_s: float = 300.0
    """The longest of these times."""
    bus_rest_s: float = 1.0
    """A worker whose events the bus does not take at all leaves it alone for so long, doubled each time."""
    longest_bus_rest_s: float = 60.0
    """The longest of these pauses."""

    # Reviewers

    claim_still_s: float = 600.0
    """A claim of a reviewer that was not renewed for so long, by the steady clock of whoever watches, is ended."""
    claims_watch_s: float = 60.0
    """Pause between two looks at the claims."""
    second_opinions_s: float = 60.0
    """Pause between two looks at the decisions about which another person may be asked."""
    past_due_s: float = 300.0
    """Pause between two counts of what reviewers should have decided by now: some requests for each of their queues."""

    # Loops

    batches_poll_s: float = 2.0
    """Pause between two reads of the batches under way: the longest that a pause or a cancellation goes unnoticed."""
    sweep_s: float = 60.0
    """Pause between two sweeps of the dead letters, and of the slots without a job."""
    verdict_mix_s: float = 60.0
    """Pause between two additions of a worker's verdicts to those of the day."""
    presence_s: float = 20.0
    """Pause between two reports by which people see that a worker runs; after three that fail it counts as gone."""
    stuck_s: float = 120.0
    """A loop whose step takes longer is stuck: no wait in one is longer than a long poll of 20 s."""
    longest_backoff_s: float = 30.0
    """A loop whose step fails again and again pauses no longer than this."""
    room_wait_s: float = 10.0
    """How long a loop waits for one of its tasks to end before it goes on without room, to show that it is alive."""
    leave_off_s: float = 5.0
    """What a stopping worker has no time for any more may take so long to note that it lives."""
    throttle_memory_s: float = 1.0
    """Throttles within this time of each other have one cause, and halve the rate once."""

    # Batches

    batch_check_s: float = 1.0
    """Pause between two checks of a batch, where it has few chunks and few neighbours."""
    paused_batch_check_s: float = 30.0
    """The same for a batch that is Paused."""
    unsent_fresh_s: float = 10.0
    """How long the unsent chunks of a batch are remembered. One that is taken on meanwhile is seen at work."""
    expander_step_s: float = 10.0
    """One step of the expander sends for no longer than this, so that its loop shows that it is alive."""

    # Inventories

    inventory_retry_s: float = 15.0
    """A manifest or data file that met an outage is read again after this."""

    # Reports

    report_lease_s: float = 120.0
    """A worker that writes a report has it to itself for so long, and anew while it writes."""
    report_lease_fresh_s: float = 10.0
    """A worker extends that lease no more often than this."""
    report_step_s: float = 20.0
    """One step of the reporter takes up chunks for no longer than this."""
    report_retry_s: float = 15.0
    """A report that met an outage is written again after this."""

    # Re-evaluations

    walk_lease_s: float = 60.0
    """A worker that walks a part of the archive has it to itself for so long, and anew while it walks."""
    walk_retry_s: float = 15.0
    """A part over which a worker has met an outage, or failed itself, is walked on after this."""
    reevaluation_check_s: float = 2.0
    """Pause between two looks at a re-evaluation: at its passes, and whether it is to pause or to end."""
    follow_wait_s: float = 60.0
    """So long a re-evaluation waits for all workers to follow the policy, before its first pass begins without them."""

    # Decisions

    archive_check_s: float = 60.0
    """How often a worker checks whether decisions are to be exported."""

    # The copy of all answers

    copy_flush_s: float = 120.0
    """How often a worker writes to the copy what it has settled for lines that no manifest has."""
    copy_check_s: float = 60.0
    """How often a worker checks whether the copy is to be looked after."""
    copy_upkeep_s: float = 600.0
    """Between two times that this is done."""
    copy_erasure_s: float = 3600.0
    """A video that was forgotten leaves the copy after this: what somebody was writing then is there by then."""

    # Forgotten videos

    erasure_check_s: float = 60.0
    """How often a worker checks whether videos are to be taken out of the reports."""
