/*
 * Reelsift's admission, slot and completion protocol. docs/model.md says what is modelled, and what is left out.
 *
 * A process is one task of a worker: it takes up one thing at a time, forgets everything when it dies, and may be
 * paused for any time between two steps, since any other process may go first. Each `atomic` is one request to AWS,
 * or one transaction. A label stands before the request it is named after.
 *
 *   TASKS VIDEOS LINES SLOTS   the size; line l asks for video l % VIDEOS
 *   RETRIED                    attempts below this number may fail for a while, or be refused for the quota
 *   OWNER(task)                the worker, from 1 on, that a task is of
 *   GIVE_UPS                   how often a stopped batch gives up a WAITING job
 *   LET_GOS                    how often a job is given up because AWS alone fails over it
 *   IMMORTAL                   no worker dies; then not even a waiter's row is left over
 *   ENDING                     without it: every timeout, redelivery, crash and fault at any moment, without limit.
 *                              With it: TROUBLES of these, and after them timeouts only where nothing else can happen;
 *                              then every run has to end, with everything done
 *   BREAK_...                  one rule of the protocol broken: the check has to notice
 */

#ifndef TASKS
#define TASKS 2
#endif
#ifndef VIDEOS
#define VIDEOS 1
#endif
#ifndef LINES
#define LINES 2
#endif
#ifndef SLOTS
#define SLOTS 1
#endif
#ifndef RETRIED
#define RETRIED 2
#endif
#ifndef OWNER
#define OWNER(task) (task + 1)
#endif
#ifndef GIVE_UPS
#define GIVE_UPS 0
#endif
#ifndef LET_GOS
#define LET_GOS 0
#endif
#ifndef TROUBLES
#define TROUBLES 2
#endif

#define ATTEMPTS 7 /* and 0, which is none */
#define NAME(v, a) ((v) * ATTEMPTS + (a))

/* Job states. NONE: no row. */
#define NONE 0
#define WAITING 1
#define STARTING 2
#define RUNNING 3
#define COLLECTING 4
#define SETTLED 5
#define CLOSED 6

/* What a job's row says of its result, and a line's outcome. */
#define GOOD 1
#define BAD 2
#define GIVEN_UP 3
#define SKIPPED 3
#define UNKNOWN 4 /* start_unknown: the answer to every line, since none may start it again unasked */

/* Rekognition's jobs, and its answers to a Start. */
#define OPEN 1
#define SUCCEEDED 2
#define FAILED_FOR_NOW 3
#define FAILED 4
#define STARTED 1
#define UNCLEAR 2
#define QUOTA_FULL 3
#define REFUSED 4

/* A slot is free (0), reserved for a worker (its owner), or held by an attempt. */
#define HELD 8
#define HOLDER(v, a) (HELD + NAME(v, a))

#define VIDEO(l) ((l) % VIDEOS)
#define LINE(l) (1 << (l))
#define ME (1 << task)
#define OURS OWNER(task)

/* Rows. */
byte state[VIDEOS], attempt[VIDEOS], result[VIDEOS], slot_of[VIDEOS];
byte slot[SLOTS];
byte waiters[VIDEOS];    /* the lines of which a waiter row stands under this job */
byte outcome[LINES];

/* Equality of a row's `sends`, `due_at` or `mark` with what a task has read or written: the tasks for which it holds.
 * Each write of a waiter's row has a new mark. */
byte same_sends[VIDEOS], same_due[VIDEOS], same_mark[LINES];

/* Queue, Rekognition, topic. */
byte submitted;          /* the lines sent so far */
byte sent[LINES];        /* copies of a line's message that were ever sent, each with a number */
byte messages[LINES + 1];   /* those of them that nobody has deleted */
byte analysis[VIDEOS * ATTEMPTS];
bit refuses[VIDEOS];     /* Rekognition will not take this video */
bit alerted[VIDEOS];
byte given_up, let_go;

/* Not of the system: what the checks ask for. */
byte known[VIDEOS * ATTEMPTS]; /* the lines that had been submitted when this attempt was settled */
byte busy;                     /* the tasks that have something in hand */
byte left[VIDEOS * ATTEMPTS];  /* given up while STARTING (1), or RUNNING (2): Rekognition's job may go on */

#ifdef BREAK_COUNTER
byte running;
#endif

/* The promises. None is ever true: an assertion of one of these says which is broken. */
bit open_jobs_have_their_slot, slots_and_attempts_agree, paid_once, nothing_lost, one_outcome_a_line,
    outcome_is_the_result, alert_before_closed, all_done_at_rest, every_run_ends;

#ifdef ENDING
byte troubles = TROUBLES;
byte seen[LINES + 1];       /* a line's message: 0 in hand or deleted, 1 visible, 2 delayed */
bit due[VIDEOS];         /* overdue, for whoever comes */
bit told[VIDEOS];        /* a completion lies in the queue */
#define TROUBLE (troubles > 0)
#define SPEND troubles--
#define MAY_CLAIM(v) (due[v])
#define CLAIM(v) due[v] = 0
#else
#define TROUBLE true
#define SPEND skip
#define MAY_CLAIM(v) true
#define CLAIM(v) skip
#endif

/* A worker that dies forgets; so does one whose request fails in a way that it leaves to others. */
#ifdef IMMORTAL
#define DIES
#else
#define DIES :: atomic { TROUBLE -> SPEND; DROPS; goto rest }
#endif

#ifdef ENDING
#define DROPS if :: line < LINES && messages[line] && seen[line] == 0 -> seen[line] = 1 :: else fi
#define DELAYS if :: line < LINES && messages[line] && seen[line] == 0 -> seen[line] = 2 :: else fi
#else
#define DROPS skip
#define DELAYS skip
#endif

#define ANY_FREE (slot[0] < HELD || slot[SLOTS - 1] < HELD)
#define MINE(s) (slot[s] == 0 || slot[s] == OURS)
#define ANY_MINE (MINE(0) || MINE(SLOTS - 1))

/* Reserve a slot. Without ENDING every reservation may have expired. */
#ifdef ENDING
#define TAKEABLE ANY_MINE
#define TAKES(s) MINE(s)
#else
#define TAKEABLE ANY_FREE
#define TAKES(s) (slot[s] < HELD)
#endif
#ifdef BREAK_COUNTER
#define RESERVE place = 0
#undef TAKEABLE
#define TAKEABLE (running < SLOTS)
#else
#define RESERVE if :: TAKES(0) -> place = 0 :: TAKES(SLOTS - 1) -> place = SLOTS - 1 fi; slot[place] = OURS
#endif

#ifdef BREAK_DELETE_FIRST
#define RECEIVED(l) messages[l] = messages[l] & ~(1 << copy)
#else
#define RECEIVED(l) skip
#endif

/* The queue delivers at least once: a message in hand, or deleted, may come again. */
#ifdef ENDING
#define RECEIVE(l) \
    :: atomic { TAKEABLE && messages[l] && seen[l] == 1 -> \
        RESERVE; line = l; seen[l] = 0; busy = busy | ME; RECEIVED(l); goto meet } \
    :: atomic { TAKEABLE && (submitted & LINE(l)) && seen[l] != 1 && TROUBLE -> \
        SPEND; RESERVE; line = l; busy = busy | ME; goto meet }
#else
#define RECEIVE(l) \
    :: atomic { TAKEABLE && (submitted & LINE(l)) -> \
        if :: copy = 0 :: sent[l] > 1 -> copy = 1 :: sent[l] > 2 -> copy = 2 fi; \
        RESERVE; line = l; busy = busy | ME; RECEIVED(l); goto meet }
#endif

/* The message of a due attempt may come at any time while it is due: the reconciler sends it again. */
#define RECEIVE_ATTEMPT(v) \
    :: atomic { TAKEABLE && state[v] == WAITING -> \
        RESERVE; video = v; number = attempt[v]; busy = busy | ME; goto due_attempt }

/* A completion may come at any time once there is a job: early, doubled, late. Read with its job's row. */
#ifdef ENDING
#define RECEIVE_COMPLETION(v) \
    :: atomic { told[v] -> told[v] = 0; \
        if :: (state[v] == STARTING || state[v] == RUNNING) && analysis[NAME(v, attempt[v])] -> \
            video = v; number = attempt[v]; was = state[v]; busy = busy | ME; goto check :: else -> goto rest fi } \
    :: atomic { TROUBLE && (state[v] == STARTING || state[v] == RUNNING) && analysis[NAME(v, attempt[v])] -> \
        SPEND; video = v; number = attempt[v]; was = state[v]; busy = busy | ME; goto check }
#else
#define RECEIVE_COMPLETION(v) \
    :: atomic { (state[v] == STARTING || state[v] == RUNNING) && analysis[NAME(v, attempt[v])] -> \
        video = v; number = attempt[v]; was = state[v]; busy = busy | ME; goto check }
#endif

#ifdef BREAK_FREE_LATE
#define PLACE(v) place = slot_of[v] - 1
#else
#define PLACE(v) skip
#endif

/* The reconciler's claim, conditional on all that it has read. A replay's count of sends is the next write. */
#define RECONCILE(v) \
    :: atomic { MAY_CLAIM(v) && state[v] == STARTING -> CLAIM(v); \
        video = v; number = attempt[v]; busy = busy | ME; same_sends[v] = ME; only_send = 0; goto send } \
    :: atomic { MAY_CLAIM(v) && state[v] == RUNNING -> CLAIM(v); \
        video = v; number = attempt[v]; was = RUNNING; busy = busy | ME; goto check } \
    :: atomic { MAY_CLAIM(v) && state[v] == COLLECTING -> CLAIM(v); \
        video = v; number = attempt[v]; busy = busy | ME; same_due[v] = ME; PLACE(v); goto keep } \
    :: atomic { MAY_CLAIM(v) && state[v] == SETTLED -> CLAIM(v); \
        video = v; number = attempt[v]; what = result[v]; busy = busy | ME; goto who_waits }

/* The sweep of slots that no job knows. It reads the slot, then the job. */
#define SWEEP(s) \
    :: atomic { TROUBLE && slot[s] >= HELD -> SPEND; place = s; number = slot[s]; busy = busy | ME; goto orphan }

#define IS(s) (state[video] == (s) && attempt[video] == number)
#define IX NAME(video, number)

/* The transition that ends an attempt, and its slot: handed over to the worker that saw the end. */
#ifdef BREAK_COUNTER
#define HOLDS true
#define HAND_OVER skip
#define FREE_SLOT skip
#else
#define HOLDS (slot[slot_of[video] - 1] == HOLDER(video, number))
#ifdef BREAK_FREE_LATE
#define HAND_OVER if :: state[video] == COLLECTING -> place = slot_of[video] - 1 :: else -> slot[slot_of[video] - 1] = OURS; slot_of[video] = 0 fi
#else
#define HAND_OVER slot[slot_of[video] - 1] = OURS; slot_of[video] = 0
#endif
#define FREE_SLOT slot[slot_of[video] - 1] = 0; slot_of[video] = 0
#endif

inline settled(how)
{
    state[video] = SETTLED;
    result[video] = how;
    what = how;
    known[IX] = submitted;
    same_sends[video] = 0;
    same_due[video] = 0
}

/* A line's waiter is written, with a new mark that `who` knows; and taken away as it was read or written. */
inline write_waiter(l, who)
{
    waiters[VIDEO(l)] = waiters[VIDEO(l)] | LINE(l);
    same_mark[l] = who
}

inline delete_waiter(l)
{
    waiters[VIDEO(l)] = waiters[VIDEO(l)] & ~LINE(l);
    same_mark[l] = 0
}

#define READ_WAITER(l) \
    if \
    :: ending & LINE(l) -> same_mark[l] = same_mark[l] | ME \
    :: else \
    fi;

#ifdef BREAK_MARK
#define AS_READ(l) (ending & LINE(l))
#else
#define AS_READ(l) (same_mark[l] & ME)
#endif
#ifdef BREAK_JOIN_MARK
#define AS_WRITTEN(l) true
#else
#define AS_WRITTEN(l) (same_mark[l] & ME)
#endif

#define FORGET_MARK(l) same_mark[l] = same_mark[l] & ~ME;

#if LINES > 2
#define EACH_ROW(of) of(0) of(1) of(2)
#elif LINES > 1
#define EACH_ROW(of) of(0) of(1)
#else
#define EACH_ROW(of) of(0)
#endif

#define TAKE_AWAY(l) \
    if \
    :: AS_READ(l) -> delete_waiter(l) \
    :: else \
    fi;

/* One outcome, on condition that there is none yet, and its count with it. */
inline record(l)
{
    if
    :: what == GOOD -> if :: analysis[IX] != SUCCEEDED -> assert(outcome_is_the_result) :: else fi
    :: what == BAD -> if :: !(known[IX] & LINE(l)) -> assert(outcome_is_the_result) :: else fi
    :: what == UNKNOWN
    fi;
    if
#ifdef BREAK_OUTCOME
    :: outcome[l] -> assert(one_outcome_a_line)
#else
    :: outcome[l]
#endif
    :: else ->
        if
        :: what == GOOD && !(known[IX] & LINE(l)) -> outcome[l] = SKIPPED
        :: else -> outcome[l] = what
        fi
    fi
}

#define HAND_OUT(l) \
    if \
    :: (ending & LINE(l)) && what == GIVEN_UP -> send_anew(l) \
    :: (ending & LINE(l)) && what != GIVEN_UP -> record(l) \
    :: else \
    fi;

/* A line is sent anew: another message. */
inline send_anew(l)
{
    if
    :: sent[l] < 3 -> messages[l] = messages[l] | (1 << sent[l]); sent[l]++
    :: else -> messages[l] = messages[l] | 4
    fi
#ifdef ENDING
    ;
    seen[l] = 1
#endif
}

/* A result that answers later lines too. */
#ifdef BREAK_UNASKED
#define LASTS (what == GOOD)
#else
#define LASTS (what == GOOD || what == UNKNOWN)
#endif

proctype Task(byte task)
{
    byte video, number, line = LINES, place, copy, was, what, answer, ending;
    bit only_send, joined;

end_idle:
    if
    RECEIVE(0)
#if LINES > 1
    RECEIVE(1)
#endif
#if LINES > 2
    RECEIVE(2)
#endif
    RECEIVE_ATTEMPT(0)
    RECEIVE_COMPLETION(0)
    RECONCILE(0)
    SWEEP(0)
#if VIDEOS > 1
    RECEIVE_ATTEMPT(1)
    RECEIVE_COMPLETION(1)
    RECONCILE(1)
#endif
#if SLOTS > 1
    SWEEP(1)
#endif
    fi;

    /* A line reads the job of its video. */
meet:
    if
    :: atomic {
        true;
        video = VIDEO(line);
        number = attempt[video];
        was = state[video];
        what = result[video];
        if
        :: was == NONE -> goto bind
        :: was > NONE && was < SETTLED ->
#ifdef BREAK_READ_FIRST
            goto wait_late
#else
            goto wait
#endif
        :: was >= SETTLED && what != GIVEN_UP && (LASTS || (known[IX] & LINE(line))) -> goto take_result
        :: was == CLOSED && (what == GIVEN_UP || (!LASTS && !(known[IX] & LINE(line)))) -> goto bind
        :: was == SETTLED && (what == GIVEN_UP || (!LASTS && !(known[IX] & LINE(line)))) -> DELAYS; goto rest
        fi
    }
    DIES
    fi;

    /* One transaction: the slot names the attempt, the job is STARTING in it, the line waits for it. */
bind:
#ifdef BREAK_START_FIRST
    if
    :: atomic {
        true;
        if
        :: !refuses[video] && analysis[NAME(video, number + 1)] == 0 -> analysis[NAME(video, number + 1)] = OPEN
        :: else
        fi
    }
    DIES
    fi;
#endif
#ifdef BREAK_COUNTER
    if
    :: atomic { running < SLOTS -> running++ }
    :: atomic { running >= SLOTS -> goto rest }
    fi;
#endif
    if
    :: atomic {
        true;
        if
#ifdef BREAK_COUNTER
#elif defined(BREAK_BIND)
        :: slot[place] != OURS && slot[place] < HELD -> DELAYS; goto rest
#else
        :: slot[place] != OURS -> DELAYS; goto rest
#endif
        :: else ->
            if
#ifdef BREAK_JOB_CONDITION
            :: false
#else
            :: !IS(was) -> goto lost_race
#endif
            :: else ->
                number++;
                assert(number < ATTEMPTS);
                state[video] = STARTING;
                attempt[video] = number;
                result[video] = 0;
                slot_of[video] = place + 1;
                slot[place] = HOLDER(video, number);
                write_waiter(line, 0);
                same_sends[video] = ME;
                only_send = 1;
                was = 0;
                what = 0;
                goto send
            fi
        fi
    }
    DIES
    fi;

lost_race:
    atomic {
        true;
        number = 0;
        was = 0;
        what = 0;
#ifdef BREAK_COUNTER
        running--;
#endif
        goto meet
    }

    /* A waiter is written before the job is read once more. */
wait:
    if
    :: atomic { true; write_waiter(line, ME) }
    DIES
    fi;
read_again:
    if
    :: atomic {
        true;
        if
        :: state[video] >= SETTLED -> what = result[video]; number = attempt[video]; joined = 1
        :: else -> same_mark[line] = same_mark[line] & ~ME; goto delete
        fi
    }
    DIES
    fi;
#ifdef BREAK_UNWAIT_FIRST
    goto stop_waiting;
#endif
    goto take_result;

    /* Its own waiter goes when the line has ended, and only as it was written. */
stop_waiting:
    if
    :: atomic {
        true;
        if :: AS_WRITTEN(line) -> delete_waiter(line) :: else fi;
        joined = 0;
#ifdef BREAK_UNWAIT_FIRST
        goto take_result
#else
        goto delete
#endif
    }
    DIES
    fi;

#ifdef BREAK_READ_FIRST
wait_late:
    if
    :: atomic { true; write_waiter(line, 0); goto delete }
    DIES
    fi;
#endif

take_result:
    if
    :: atomic {
        true;
        if
        :: what == GIVEN_UP -> send_anew(line)
        :: else -> record(line)
        fi;
        if
        :: joined -> goto stop_waiting
        :: else -> goto delete
        fi
    }
    DIES
    fi;

delete:
    if
    :: atomic {
        true;
        if
        :: line < LINES -> messages[line] = messages[line] & ~(1 << copy)
        :: else
        fi;
        goto rest
    }
    DIES
    fi;

    /* The message of a due attempt, with its job as it was read. */
due_attempt:
#ifdef BREAK_COUNTER
    if
    :: atomic { running < SLOTS && IS(WAITING) -> running++ }
    :: atomic { running >= SLOTS || !IS(WAITING) -> goto rest }
    fi;
#endif
    if
    :: atomic {
        true;
        if
#ifdef BREAK_BIND
        :: slot[place] != OURS && slot[place] < HELD -> goto rest
#elif !defined(BREAK_COUNTER)
        :: slot[place] != OURS -> goto rest
#endif
        :: else ->
            if
#ifdef BREAK_COUNTER
            :: !IS(WAITING) -> running--; goto rest
#else
            :: !IS(WAITING) -> goto rest
#endif
            :: else ->
                state[video] = STARTING;
                slot_of[video] = place + 1;
                slot[place] = HOLDER(video, number);
                same_sends[video] = ME;
                only_send = 1;
                goto send
            fi
        fi
    }
    :: atomic {
        given_up < GIVE_UPS ->
        if
        :: IS(WAITING) -> given_up++; settled(GIVEN_UP); goto who_waits
        :: else -> goto rest
        fi
    }
    DIES
    fi;

    /* Start*: the request is one moment, its answer another. Rekognition knows a token that it has seen. */
send:
    if
    :: atomic {
        refuses[video] -> answer = REFUSED
    }
    :: atomic {
        !refuses[video] ->
        if
#ifdef BREAK_TOKEN
        :: analysis[IX] != 0 && !only_send -> assert(paid_once)
#endif
        :: analysis[IX] == 0 -> analysis[IX] = OPEN
        :: else
        fi;
        answer = STARTED
    }
    :: atomic {
        !refuses[video] && TROUBLE ->
        SPEND;
        if
        :: analysis[IX] == 0 -> analysis[IX] = OPEN
        :: true
        fi;
        answer = UNCLEAR
    }
    /* Another application, or a missing permission. Each refusal of a first Start is another attempt. */
    :: atomic { !refuses[video] && TROUBLE && (number < RETRIED || !only_send) -> SPEND; answer = QUOTA_FULL }
    DIES
    fi;
decide:
    if
    :: atomic {
        answer == STARTED ->
        if
        :: IS(STARTING) -> state[video] = RUNNING; same_sends[video] = 0
        :: else
        fi;
        answer = 0;
        goto delete
    }
    :: atomic { answer == UNCLEAR -> answer = 0; only_send = 0; goto send }
    :: atomic { answer == UNCLEAR && let_go < LET_GOS -> answer = 0; let_go++; goto give_up }
    :: atomic {
        answer == QUOTA_FULL ->
        answer = 0;
        if
#ifdef BREAK_TAKE_BACK
        :: only_send && IS(STARTING) && HOLDS ->
#else
        :: only_send && IS(STARTING) && HOLDS && (same_sends[video] & ME) ->
#endif
            state[video] = WAITING;
            attempt[video] = number + 1;
            same_sends[video] = 0;
            FREE_SLOT;
            ending = 1
        :: else
        fi
#ifdef BREAK_COUNTER
        ;
        if :: ending -> goto count_down :: else fi
#endif
        ;
        ending = 0;
        goto delete
    }
    :: atomic {
        answer == REFUSED ->
        answer = 0;
        if
        :: IS(STARTING) && HOLDS && (same_sends[video] & ME) ->
            HAND_OVER;
            settled(BAD);
#ifdef BREAK_COUNTER
            ending = 2;
            goto count_down
#else
            goto who_waits
#endif
        :: else -> goto delete
        fi
    }
    DIES
    fi;

    /* Get*: the status is Rekognition's; what follows is written on condition of the job as it was read. */
check:
    if
    :: atomic {
        true;
        answer = analysis[IX];
#ifdef BREAK_HAND_OVER
        if :: slot_of[video] -> place = slot_of[video] - 1 :: else fi;
#endif
        if :: was == STARTING -> goto adopt :: else -> goto act fi
    }
    :: atomic { was == RUNNING && let_go < LET_GOS && TROUBLE -> SPEND; let_go++; goto give_up }
    DIES
    fi;

    /* AWS fails over this job alone, and has for long. What is recorded is that it has ended: this frees the slot. */
give_up:
    if
    :: atomic {
        true;
        if
        :: was != RUNNING && IS(STARTING) && HOLDS && (same_sends[video] & ME) ->
            left[IX] = 1;
            HAND_OVER;
            settled(UNKNOWN);
            goto who_waits
        :: was == RUNNING && IS(RUNNING) && HOLDS ->
            left[IX] = 2;
            HAND_OVER;
            was = 0;
            settled(BAD);
            goto who_waits
        :: else -> goto delete
        fi
    }
    DIES
    fi;
adopt:
    if
    :: atomic {
        true;
        if
        :: IS(STARTING) -> state[video] = RUNNING; same_sends[video] = 0; goto act
        :: IS(RUNNING) -> goto act
        :: else -> goto rest
        fi
    }
    DIES
    fi;
act:
    if
    :: atomic {
        answer == OPEN -> goto rest
    }
    :: atomic {
        answer == SUCCEEDED ->
        answer = 0;
        was = 0;
        if
        :: IS(RUNNING) && HOLDS ->
            state[video] = COLLECTING;
            HAND_OVER;
            same_due[video] = ME;
#ifdef BREAK_COUNTER
            ending = 3;
            goto count_down
#else
            goto keep
#endif
        :: else -> goto ended_elsewhere
        fi
    }
    :: atomic {
        answer == FAILED_FOR_NOW ->
#ifdef BREAK_HAND_OVER
        if :: !IS(RUNNING) -> slot[place] = OURS :: else fi;
#endif
        if
        :: IS(RUNNING) && HOLDS ->
            state[video] = WAITING;
            attempt[video] = number + 1;
            HAND_OVER;
#ifdef BREAK_COUNTER
            ending = 1;
            goto count_down
#else
            goto rest
#endif
        :: else -> goto ended_elsewhere
        fi
    }
    :: atomic {
        answer == FAILED ->
        answer = 0;
        was = 0;
        if
        :: IS(RUNNING) && HOLDS ->
            HAND_OVER;
            settled(BAD);
#ifdef BREAK_COUNTER
            ending = 2;
            goto count_down
#else
            goto who_waits
#endif
        :: else -> goto ended_elsewhere
        fi
    }
    DIES
    fi;

ended_elsewhere:
    atomic { true; goto rest }

#ifdef BREAK_COUNTER
count_down:
    if
    :: atomic {
        true;
        running--;
        if
        :: ending == 1 -> ending = 0; goto delete
        :: ending == 2 -> ending = 0; goto who_waits
        :: ending == 3 -> ending = 0; goto keep
        fi
    }
    DIES
    fi;
#endif

    /* The answer is read; only who still has the job in hand stores it and settles. */
keep:
    if
    :: atomic {
        true;
        if
        :: IS(COLLECTING) && (same_due[video] & ME) -> same_due[video] = ME
        :: else -> goto rest
        fi
    }
    DIES
    fi;
settle:
    if
    :: atomic {
        true;
        if
        :: IS(COLLECTING) -> settled(GOOD)
        :: else -> goto rest
        fi
    }
    DIES
    fi;
#ifdef BREAK_FREE_LATE
    if
    :: atomic { true; slot[place] = 0; slot_of[video] = 0 }
    DIES
    fi;
#endif

    /* SETTLED: the result goes to all that wait, then the alert, then CLOSED. Everything here may be done twice. */
who_waits:
#ifdef BREAK_CLOSE_FIRST
    if
    :: atomic { true; if :: IS(SETTLED) -> state[video] = CLOSED :: else fi }
    DIES
    fi;
#endif
    if
    :: atomic {
        true;
        ending = waiters[video];
        EACH_ROW(READ_WAITER)
        if :: !ending -> goto alert :: else fi
    }
    DIES
    fi;
#if !defined(BREAK_NO_SECOND_READ) && !defined(BREAK_CLOSE_FIRST)
    if
    :: atomic { true; if :: !IS(SETTLED) -> goto delete :: else fi }
    DIES
    fi;
#endif
hand_out:
    if
    :: atomic {
        true;
        EACH_ROW(HAND_OUT)
        skip
    }
    DIES
    fi;
take_waiters_away:
    if
    :: atomic {
        true;
        EACH_ROW(TAKE_AWAY)
        EACH_ROW(FORGET_MARK)
        ending = 0
    }
    DIES
    fi;
alert:
    if
    :: atomic { what == GOOD -> alerted[video] = 1 }
    :: atomic { what != GOOD }
    DIES
    fi;
    if
    :: atomic { true; if :: IS(SETTLED) -> state[video] = CLOSED :: else fi; goto delete }
    DIES
    fi;

orphan:
    if
    :: atomic {
        true;
        video = (number - HELD) / ATTEMPTS;
        number = (number - HELD) % ATTEMPTS;
        if
        :: attempt[video] == number && slot_of[video] == place + 1 -> goto rest
        :: else
        fi
    }
    DIES
    fi;
    if
    :: atomic { true; if :: slot[place] == HOLDER(video, number) -> slot[place] = 0 :: else fi; goto rest }
    DIES
    fi;

rest:
    atomic {
        same_sends[video] = same_sends[video] & ~ME;
        same_due[video] = same_due[video] & ~ME;
        EACH_ROW(FORGET_MARK)
        video = 0;
        number = 0;
        line = LINES;
        place = 0;
        copy = 0;
        was = 0;
        what = 0;
        answer = 0;
        ending = 0;
        only_send = 0;
        joined = 0;
        busy = busy & ~ME;
        goto end_idle
    }
}

/* Rekognition ends jobs when it likes, and tells of it or not; whoever submits does it when he likes. */
#define END_ANALYSIS(v, a) \
    :: atomic { analysis[NAME(v, a)] == OPEN -> \
        if \
        :: ALREADY_PAID(v) && left[NAME(v, a)] != 2 -> assert(paid_once) \
        :: else -> \
            if \
            :: analysis[NAME(v, a)] = SUCCEEDED \
            :: a < RETRIED -> analysis[NAME(v, a)] = FAILED_FOR_NOW \
            :: analysis[NAME(v, a)] = FAILED \
            fi \
        fi; \
        TELL(v) }

#ifdef ENDING
#define TELL(v) if :: told[v] = 1 :: TROUBLE -> SPEND fi
#else
#define TELL(v) skip
#endif

#define EACH_ATTEMPT(of, v) of(v, 1) of(v, 2) of(v, 3) of(v, 4) of(v, 5) of(v, 6)
#define ANY_ATTEMPT(of, v) (false of(v, 1) of(v, 2) of(v, 3) of(v, 4) of(v, 5) of(v, 6))
#define OR_PAID(v, a) || (analysis[NAME(v, a)] == SUCCEEDED && left[NAME(v, a)] != 2)
#define ALREADY_PAID(v) ANY_ATTEMPT(OR_PAID, v)
#define OR_STRAY(v, a) || (analysis[NAME(v, a)] == OPEN && !UNDER_SLOT(v, a) && !left[NAME(v, a)])
#define STRAY(v) ANY_ATTEMPT(OR_STRAY, v)

#define IN_SLOT(v) (state[v] == STARTING || state[v] == RUNNING)
#ifdef BREAK_COUNTER
#define UNDER_SLOT(v, a) (IN_SLOT(v) && attempt[v] == a)
#define AGREE(v) true
#define SLOT_AGREES(s) true
#define REST_OF_SLOTS (running == 0)
#else
#define UNDER_SLOT(v, a) (IN_SLOT(v) && attempt[v] == a && slot[slot_of[v] - 1] == HOLDER(v, a))
#ifdef BREAK_FREE_LATE
#define AGREE(v) (!IN_SLOT(v) || UNDER_SLOT(v, attempt[v]))
#define SLOT_AGREES(s) true
#else
#define AGREE(v) (IN_SLOT(v) -> UNDER_SLOT(v, attempt[v]) : slot_of[v] == 0)
#define OF(s) ((slot[s] - HELD) / ATTEMPTS)
#define SLOT_AGREES(s) \
    (slot[s] < HELD || (IN_SLOT(OF(s)) && slot_of[OF(s)] == s + 1 && slot[s] == HOLDER(OF(s), attempt[OF(s)])))
#endif
#define REST_OF_SLOTS (slot[0] < HELD && slot[SLOTS - 1] < HELD)
#endif

#define SAFE(l) (!(submitted & LINE(l)) || outcome[l] || messages[l] || (waiters[VIDEO(l)] & LINE(l)))
#define DONE(v) ((state[v] == NONE || state[v] == CLOSED))
#define ENDED(l) (outcome[l] && messages[l] == 0)
#define ALERTED(v) (state[v] != CLOSED || result[v] != GOOD || alerted[v])
#define OVERDUE(v) (state[v] >= STARTING && state[v] <= SETTLED)

#if VIDEOS > 1
#define EACH_VIDEO(of, and) (of(0) and of(1))
#else
#define EACH_VIDEO(of, and) of(0)
#endif
#if LINES > 2
#define EACH_LINE(of, and) (of(0) and of(1) and of(2))
#elif LINES > 1
#define EACH_LINE(of, and) (of(0) and of(1))
#else
#define EACH_LINE(of, and) of(0)
#endif
#define EACH_SLOT(of, and) (of(0) and of(SLOTS - 1))

/* A worker that dies between a line's outcome and the removal of its waiter leaves the row behind: docs/model.md. */
#define OUTCOME_OF(l) (outcome[l] -> LINE(l) : 0)
#ifdef IMMORTAL
#define NOBODY_WAITS(v) (waiters[v] == 0)
#else
#define NOBODY_WAITS(v) ((waiters[v] & ~(EACH_LINE(OUTCOME_OF, +))) == 0)
#endif
#define UNDONE(l) (outcome[l] == 0)
#define GONE(l) (messages[l] == 0)
#define AT_REST (busy == 0 && submitted == LINE(LINES) - 1 && EACH_LINE(GONE, &&) && EACH_VIDEO(DONE, &&))
#define HAS_OUTCOME(l) (outcome[l] != 0)
#define ALL_DONE \
    (EACH_LINE(HAS_OUTCOME, &&) && EACH_VIDEO(NOBODY_WAITS, &&) && EACH_VIDEO(ALERTED, &&) && REST_OF_SLOTS)

#define SUBMIT(l) \
    :: atomic { !(submitted & LINE(l)) -> \
        submitted = submitted | LINE(l); sent[l] = 1; messages[l] = 1; MAKE_VISIBLE(l) }
#ifdef ENDING
#define MAKE_VISIBLE(l) seen[l] = 1
#define LOOK_EARLY(v) :: atomic { TROUBLE && OVERDUE(v) && !due[v] -> SPEND; due[v] = 1 }
#define DELAYED(l) (seen[l] == 2)
#else
#define MAKE_VISIBLE(l) skip
#endif

#ifdef BREAK_LEASE
#define TIME_FREES(s) :: atomic { slot[s] >= HELD -> slot[s] = 0 }
#else
#define TIME_FREES(s)
#endif

active proctype World()
{
end_idle:
    do
    SUBMIT(0)
#if LINES > 1
    SUBMIT(1)
#endif
#if LINES > 2
    SUBMIT(2)
#endif
    EACH_ATTEMPT(END_ANALYSIS, 0)
    TIME_FREES(0)
#if VIDEOS > 1
    EACH_ATTEMPT(END_ANALYSIS, 1)
#endif
    /* The promises, in every state. */
    :: atomic { EACH_VIDEO(STRAY, ||) -> assert(open_jobs_have_their_slot) }
    :: atomic { !(EACH_VIDEO(AGREE, &&) && EACH_SLOT(SLOT_AGREES, &&)) -> assert(slots_and_attempts_agree) }
    :: atomic { !EACH_LINE(SAFE, &&) -> assert(nothing_lost) }
    :: atomic { !EACH_VIDEO(ALERTED, &&) -> assert(alert_before_closed) }
    :: atomic { AT_REST && !ALL_DONE -> assert(all_done_at_rest) }
#ifdef ENDING
    /* Fewer troubles than there may be. */
    :: atomic { TROUBLE -> SPEND }
    LOOK_EARLY(0)
#if VIDEOS > 1
    LOOK_EARLY(1)
#endif
    /* Time passes where nothing else can happen. */
    :: atomic {
        timeout ->
        if
        :: OVERDUE(0) -> due[0] = 1
#if VIDEOS > 1
        :: OVERDUE(1) -> due[1] = 1
#endif
        :: else ->
            if
            :: slot[0] && slot[0] < HELD -> slot[0] = 0
#if SLOTS > 1
            :: slot[1] && slot[1] < HELD -> slot[1] = 0
#endif
            :: else ->
                if
                :: DELAYED(0) -> seen[0] = 1
#if LINES > 1
                :: DELAYED(1) -> seen[1] = 1
#endif
#if LINES > 2
                :: DELAYED(2) -> seen[2] = 1
#endif
                :: else ->
                    if
                    :: AT_REST && ALL_DONE -> break
                    :: else -> assert(every_run_ends)
                    fi
                fi
            fi
        fi
    }
#endif
    od
}

init
{
    atomic {
        if :: refuses[0] = 0 :: refuses[0] = 1 fi;
#if VIDEOS > 1
        if :: refuses[1] = 0 :: refuses[1] = 1 fi;
#endif
        run Task(0);
#if TASKS > 1
        run Task(1);
#endif
#if TASKS > 2
        run Task(2)
#endif
    }
}
