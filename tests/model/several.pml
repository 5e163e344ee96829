/*
 * A line that asks for several analyses: it waits for several jobs, and ends with the last of them. docs/model.md says
 * why that is all there is to add to protocol.pml, and what is left out here.
 *
 * A job is what protocol.pml shows that a job is: it ends at some time, whatever happens to its slot and its attempts.
 * Each `atomic` is one request to AWS, and between two of them anything may happen: another task goes first, this one
 * dies and forgets everything (`or_dies`), its message comes again, or another line has an analysis repeated.
 *
 *   TASKS JOBS   the size
 *   AGAIN        how often another line starts the next attempt of a job that is CLOSED: its result is gone until then
 *   IMMORTAL     no worker dies: then no waiter is left over, where nothing is started again
 *   BREAK_...    one rule broken: the check has to notice
 */

#ifndef TASKS
#define TASKS 2
#endif
#ifndef JOBS
#define JOBS 2
#endif
#ifndef AGAIN
#define AGAIN 1
#endif

/* Job states; those of an open attempt are one. NONE: no row. */
#define NONE 0
#define OPEN 1
#define SETTLED 2
#define CLOSED 3

#define BIT(j) (1 << (j))
#define ALL (BIT(JOBS) - 1)

byte state[JOBS];
byte attempt[JOBS];
byte waiters;           /* the jobs under which the line's waiter stands */
byte as_read[TASKS];    /* the jobs whose waiter still has the mark that the task has read */
byte as_written[TASKS]; /* the jobs whose waiter still has the mark that the task has written */
byte ended;             /* the jobs that have had a result since the line was sent */
byte restarts = AGAIN;
byte working;           /* tasks that are at work */
bool message = true;
bool outcome;
bit nothing_lost, outcome_is_the_result, all_done_at_rest; /* each 0, and asserted where it does not hold */

inline write_waiter(j)
{
    waiters = waiters | BIT(j);
    d_step {
        n = 0;
        do
        :: n < TASKS -> as_read[n] = as_read[n] & ~BIT(j); as_written[n] = as_written[n] & ~BIT(j); n++
        :: else -> break
        od;
        as_written[task] = as_written[task] | BIT(j);
        n = 0
    }
}

inline delete_waiter(j, known)
{
    if
    :: known & BIT(j) -> waiters = waiters & ~BIT(j)
    :: else
    fi
}

inline read_result(j)
{
    if
    :: state[j] >= SETTLED -> results = results | BIT(j)
    :: else -> results = results & ~BIT(j)
    fi
}

inline record()
{
    if
    :: ended != ALL -> assert(outcome_is_the_result)
    :: else
    fi;
    outcome = true
}

#ifdef IMMORTAL
#define or_dies skip
#else
#define or_dies if :: true :: goto dead fi
#endif

inline read_results()
{
    k = 0;
    do
    :: k == JOBS -> break
    :: else -> atomic { read_result(k) } k++
    od
}

/* The line waits for each job that has no result, and these are read once more: their ends might not know the line. */
inline look()
{
    read_results();
    if
    :: results != ALL ->
        k = 0;
        do
        :: k == JOBS -> break
        :: (k < JOBS) && !(results & BIT(k)) ->
            or_dies;
            atomic { write_waiter(k) }
            k++
        :: else -> k++
        od;
#ifndef BREAK_READ_ONCE
        or_dies;
        read_results()
#endif
    :: else
    fi
}

/* Of a line that has ended nothing waits any more, under whichever job. */
inline clear_waiters()
{
    k = 0;
    do
    :: k == JOBS -> break
    :: else ->
        or_dies;
        atomic { waiters = waiters & ~BIT(k) }
        k++
    od
}

proctype Task(byte task)
{
    byte j, k, n, results, joined, of_attempt;
    bool waits;

idle:
    atomic {
        j = 0; k = 0; results = 0; joined = 0; of_attempt = 0; waits = false;
        as_read[task] = 0; as_written[task] = 0
    }
end_idle:
    if
    :: atomic { message -> working++ }
       goto admit
    :: atomic { state[0] == SETTLED -> working++; j = 0; of_attempt = attempt[0] }
       goto close
    :: atomic { state[1] == SETTLED -> working++; j = 1; of_attempt = attempt[1] }
       goto close
#if JOBS > 2
    :: atomic { state[2] == SETTLED -> working++; j = 2; of_attempt = attempt[2] }
       goto close
#endif
    fi;

dead:
    atomic { working--; goto idle }

    /* A line meets its jobs, one after the other: it takes a result, or starts what there is not, and waits. */
admit:
    do
    :: k == JOBS -> break
    :: else ->
        or_dies;
        atomic {
            if
            :: state[k] == NONE -> state[k] = OPEN
            :: else
            fi;
            read_result(k)
        }
        if
        :: results & BIT(k)
        :: else ->
            or_dies;
            atomic { write_waiter(k) }
            or_dies;
            /* The waiter is written before the job is read once more. */
            atomic { read_result(k) }
            if
            :: results & BIT(k) -> joined = joined | BIT(k)
            :: else
            fi
        fi;
        k++
    od;
    or_dies;
#ifdef BREAK_UNWAIT_FIRST
    atomic { waiters = waiters & ~(joined & as_written[task]) }
    or_dies;
#endif
#ifndef BREAK_UNSURE
    /* A result that came in between may have missed the waiter, and what was read before it may be out of date. */
    if
    :: joined && results != ALL -> look(); or_dies
    :: else
    fi;
#endif
    if
    :: results == ALL -> atomic { record() } clear_waiters()
#ifdef BREAK_UNSURE
    :: else -> atomic { waiters = waiters & ~(joined & as_written[task]) }
#else
    :: else
#endif
    fi;
    or_dies;
    atomic { message = false; goto dead }

    /* A job has its result: the line that waits for it ends, or waits for the others. */
close:
    atomic {
        waits = (waiters & BIT(j)) != 0;
        if
        :: waits -> as_read[task] = as_read[task] | BIT(j)
        :: else
        fi
    }
    if
    :: !waits -> goto closed
    :: else
    fi;
    or_dies;
    atomic {
        if
        :: state[j] != SETTLED || attempt[j] != of_attempt -> goto dead
        :: else
        fi
    }
    look();
    or_dies;
    if
#ifdef BREAK_FIRST_RESULT
    :: true ->
#else
    :: results == ALL ->
#endif
        atomic { record() }
#ifndef BREAK_LEAVE
        clear_waiters()
#endif
    :: else
    fi;
    or_dies;
#ifdef BREAK_MARK
    atomic { delete_waiter(j, as_read[task] | as_written[task]) }
#else
    atomic { delete_waiter(j, as_read[task]) }
#endif

closed:
    or_dies;
    atomic {
        if
        :: state[j] == SETTLED && attempt[j] == of_attempt -> state[j] = CLOSED
        :: else
        fi;
        goto dead
    }
}

#define STANDS(j) ((waiters & BIT(j)) && state[j] != CLOSED)
#if JOBS > 2
#define WAITS (STANDS(0) || STANDS(1) || STANDS(2))
#define AT_REST(s0) (state[0] == s0 && state[1] == s0 && state[2] == s0)
#else
#define WAITS (STANDS(0) || STANDS(1))
#define AT_REST(s0) (state[0] == s0 && state[1] == s0)
#endif

/* A worker that dies between a line's outcome and the removal of its waiter leaves the row behind: docs/model.md. */
#ifdef IMMORTAL
#define NOBODY_WAITS (waiters == 0)
#else
#define NOBODY_WAITS true
#endif

inline happens_to(j)
{
    if
    :: state[j] == OPEN -> state[j] = SETTLED; ended = ended | BIT(j)
    :: state[j] == CLOSED && restarts > 0 -> state[j] = OPEN; attempt[j]++; restarts--
    fi
}

active proctype World()
{
    byte started = 0;

    do
    :: started < TASKS -> run Task(started); started++
    :: else -> break
    od;
end_world:
    do
    :: atomic { happens_to(0) }
    :: atomic { happens_to(1) }
#if JOBS > 2
    :: atomic { happens_to(2) }
#endif
    :: atomic { !(outcome || message || WAITS) -> assert(nothing_lost) }
    :: atomic { !message && working == 0 && AT_REST(CLOSED) && !(outcome && NOBODY_WAITS) -> assert(all_done_at_rest) }
    od
}
