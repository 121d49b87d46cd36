"""The loops over all options: what the multipliers are worth, and choices that keep every row.

Every option belongs to one contract; its uses say how much it takes of which rows. `chosen` is the
option of each contract, NONE if it is refused. Multipliers are integers, in 1/scale minor units per
unit of a row. A kernel that changes a choice changes `left` and the holders of the rows with it.
"""

from typing import NamedTuple

from solver.kernels.arrays import I32, I64
from solver.kernels.compiling import compiled

NONE = -1

FAR = 2**62
"""Dearer than everything."""


class Arrays(NamedTuple):
    """N contracts, M options, K uses, R rows.

    `first_option` [N + 1] and `first_use` [M + 1] delimit the options of a contract and the uses of an
    option; `contract` [M] is whose an option is. `row` and `amount` [K] are the uses, amounts positive and
    no row twice in an option. `cost` [M] and `refusal` [N] are in minor units, `capacity` is [R].
    """

    first_option: I64
    contract: I32
    cost: I64
    refusal: I64
    first_use: I64
    row: I32
    amount: I64
    capacity: I64


class State(NamedTuple):
    """A choice, and what it leaves.

    `chosen` [N], `left` [R]. The contracts that hold something of row r stand in `holders` from
    `first_holder[r]` on, `num_holders[r]` of them; `place` [K] is where a use of a chosen option stands there.
    """

    chosen: I64
    left: I64
    holders: I32
    first_holder: I64
    num_holders: I64
    place: I64


class Trial(NamedTuple):
    """Moves on trial: `moved` [D] who made room, `had` [D] what they had, `found` [2], `mood` [1] to count them."""

    moved: I64
    had: I64
    found: I64
    mood: I64


@compiled
def relaxed(arrays: Arrays, price: I64, scale: int, picked: I64, load: I64) -> int:
    """Every contract takes what is cheapest at these prices, as if there were enough of everything.

    Returns the sum of what it costs them, prices included, times `scale`; `picked` [N] and `load` [R] say who
    takes what. Less what all rows are worth, that is the Lagrangian bound.
    """
    first_option, cost, refusal = arrays.first_option, arrays.cost, arrays.refusal
    first_use, row, amount = arrays.first_use, arrays.row, arrays.amount
    total = 0
    load[:] = 0
    for c in range(len(refusal)):
        least = scale * refusal[c]
        best = NONE
        for o in range(first_option[c], first_option[c + 1]):
            value = scale * cost[o]
            for u in range(first_use[o], first_use[o + 1]):
                value += price[row[u]] * amount[u]
            if value < least:
                least = value
                best = o
        total += least
        picked[c] = best
        if best != NONE:
            for u in range(first_use[best], first_use[best + 1]):
                load[row[u]] += amount[u]
    return total


@compiled
def excess(arrays: Arrays, price: I64, scale: int, chosen: I64, above: I64) -> None:
    """How much more each contract pays at these prices, times `scale`, than for its cheapest option."""
    for c in range(len(arrays.refusal)):
        least = scale * arrays.refusal[c]
        pays = least
        for o in range(arrays.first_option[c], arrays.first_option[c + 1]):
            value = scale * arrays.cost[o]
            for u in range(arrays.first_use[o], arrays.first_use[o + 1]):
                value += price[arrays.row[u]] * arrays.amount[u]
            least = min(least, value)
            if o == chosen[c]:
                pays = value
        above[c] = pays - least


@compiled
def worths(arrays: Arrays, most: I64, largest: I64, total: I64, squares: I64) -> None:
    """Of each row: the most that anybody pays for a unit, the largest amount, and sums of amounts and their squares."""
    for c in range(len(arrays.refusal)):
        for o in range(arrays.first_option[c], arrays.first_option[c + 1]):
            for u in range(arrays.first_use[o], arrays.first_use[o + 1]):
                r, a = arrays.row[u], arrays.amount[u]
                most[r] = max(most[r], -((arrays.cost[o] - arrays.refusal[c]) // a))
                largest[r] = max(largest[r], a)
                total[r] += a
                squares[r] += a * a


@compiled
def lend(arrays: Arrays, left: I64, option: int) -> None:
    """As if nobody had this option."""
    if option != NONE:
        for u in range(arrays.first_use[option], arrays.first_use[option + 1]):
            left[arrays.row[u]] += arrays.amount[u]


@compiled
def claim(arrays: Arrays, left: I64, option: int) -> None:
    """As if somebody had this option."""
    if option != NONE:
        for u in range(arrays.first_use[option], arrays.first_use[option + 1]):
            left[arrays.row[u]] -= arrays.amount[u]


@compiled
def fits(arrays: Arrays, state: State, option: int) -> bool:
    """Whether there is enough left for an option."""
    for u in range(arrays.first_use[option], arrays.first_use[option + 1]):
        if arrays.amount[u] > state.left[arrays.row[u]]:
            return False
    return True


@compiled
def leave(arrays: Arrays, state: State, contract: int) -> None:
    """Give back what a contract has: it is refused for now."""
    option = state.chosen[contract]
    if option == NONE:
        return
    for u in range(arrays.first_use[option], arrays.first_use[option + 1]):
        r = arrays.row[u]
        state.left[r] += arrays.amount[u]
        last = state.num_holders[r] - 1
        state.num_holders[r] = last
        hole = state.place[u]
        if hole != last:
            moved = state.holders[state.first_holder[r] + last]
            state.holders[state.first_holder[r] + hole] = moved
            other = state.chosen[moved]
            for v in range(arrays.first_use[other], arrays.first_use[other + 1]):
                if arrays.row[v] == r:
                    state.place[v] = hole
    state.chosen[contract] = NONE


@compiled
def take(arrays: Arrays, state: State, contract: int, option: int) -> None:
    """A refused contract takes an option, whether that fits or not."""
    state.chosen[contract] = option
    if option == NONE:
        return
    for u in range(arrays.first_use[option], arrays.first_use[option + 1]):
        r = arrays.row[u]
        state.left[r] -= arrays.amount[u]
        n = state.num_holders[r]
        state.holders[state.first_holder[r] + n] = contract
        state.place[u] = n
        state.num_holders[r] = n + 1


@compiled
def settle(arrays: Arrays, state: State, price: I64, rise: I64, steep: I64, scale: int, order: I64) -> int:
    """One contract after the other takes what is cheapest while prices follow what is left, fitting or not.

    One more unit taken than there is raises the price of a row by `rise`, one less lowers it, to 0 at most; on
    top, each unit that there is not costs `steep`. Changes `left` and `chosen`, no holders. Returns how many
    changed.
    """
    num_changed = 0
    for i in range(len(order)):
        c = order[i]
        old = state.chosen[c]
        lend(arrays, state.left, old)
        least = scale * arrays.refusal[c]
        best = NONE
        for o in range(arrays.first_option[c], arrays.first_option[c + 1]):
            value = scale * arrays.cost[o]
            for u in range(arrays.first_use[o], arrays.first_use[o + 1]):
                r = arrays.row[u]
                a = arrays.amount[u]
                over = a - state.left[r]
                value += max(0, price[r] + rise[r] * (2 * over - a) // 2) * a
                if over > 0:
                    value += steep[r] * min(over, a)
                if value >= least:
                    break
            if value < least:
                least = value
                best = o
        if best != old:
            num_changed += 1
        claim(arrays, state.left, best)
        state.chosen[c] = best
    return num_changed


@compiled
def register(arrays: Arrays, state: State) -> None:
    """Write the holders of every row from what is chosen."""
    state.num_holders[:] = 0
    for c in range(len(state.chosen)):
        o = state.chosen[c]
        if o == NONE:
            continue
        for u in range(arrays.first_use[o], arrays.first_use[o + 1]):
            r = arrays.row[u]
            n = state.num_holders[r]
            state.holders[state.first_holder[r] + n] = c
            state.place[u] = n
            state.num_holders[r] = n + 1


@compiled
def evict(arrays: Arrays, state: State, breadth: int) -> int:
    """Out of every overfull row go those who lose least by it, until it is full: to what fits, or nowhere.

    Returns how many went.
    """
    num_evicted = 0
    for r in range(len(state.left)):
        while state.left[r] < 0:
            count = state.num_holders[r]
            least, evicted, to = FAR, NONE, NONE
            for i in range(min(count, breadth)):
                d = state.holders[state.first_holder[r] + i]
                old = state.chosen[d]
                had = arrays.cost[old]
                lend(arrays, state.left, old)
                loss = arrays.refusal[d] - had
                if loss < least:
                    least, evicted, to = loss, d, NONE
                for o in range(arrays.first_option[d], arrays.first_option[d + 1]):
                    if arrays.cost[o] - had < least and fits(arrays, state, o):
                        least, evicted, to = arrays.cost[o] - had, d, o
                claim(arrays, state.left, old)
            leave(arrays, state, evicted)
            take(arrays, state, evicted, to)
            num_evicted += 1
    return num_evicted


@compiled
def money(arrays: Arrays, contract: int, option: int) -> int:
    """What an option costs, or the refusal."""
    return arrays.refusal[contract] if option == NONE else arrays.cost[option]


@compiled
def cheapest_way(arrays: Arrays, state: State, contract: int, most: int) -> int:
    """The option that fits and costs least, less than `most`; NONE: refusal, or nothing that cheap.

    Of a contract that is refused for now.
    """
    least = min(most, arrays.refusal[contract])
    best = NONE
    for o in range(arrays.first_option[contract], arrays.first_option[contract + 1]):
        if arrays.cost[o] < least and fits(arrays, state, o):
            least = arrays.cost[o]
            best = o
    return best


@compiled
def overfull(arrays: Arrays, state: State, option: int) -> int:
    """A row of the option of which more is taken than there is; NONE if there is none."""
    for u in range(arrays.first_use[option], arrays.first_use[option + 1]):
        if state.left[arrays.row[u]] < 0:
            return arrays.row[u]
    return NONE


@compiled
def lacking(arrays: Arrays, state: State, option: int) -> int:
    """The one row of which an option needs more than is left; NONE if there are more of them."""
    found = NONE
    for u in range(arrays.first_use[option], arrays.first_use[option + 1]):
        if arrays.amount[u] > state.left[arrays.row[u]]:
            if found != NONE:
                return NONE
            found = arrays.row[u]
    return found


@compiled
def cheapest_leaver(
    arrays: Arrays, state: State, row: int, most: int, breadth: int, salt: int, but: int, nor: int, found: I64
) -> int:
    """Who of the holders of an overfull row loses least, less than `most`, by leaving it full at most.

    Neither `but` nor `nor` is asked. `found` [2] is who, and what it takes instead, all of which fits. Returns the
    loss; `most` if there is nobody.
    """
    count = state.num_holders[row]
    start = salt % max(1, count)
    for i in range(min(count, breadth)):
        at = start + i
        e = state.holders[state.first_holder[row] + (at if at < count else at - count)]
        if e in (but, nor):
            continue
        old = state.chosen[e]
        had = arrays.cost[old]
        lend(arrays, state.left, old)
        if state.left[row] >= 0:
            if arrays.refusal[e] - had < most:
                most = arrays.refusal[e] - had
                found[0], found[1] = e, NONE
            for o in range(arrays.first_option[e], arrays.first_option[e + 1]):
                if arrays.cost[o] - had < most and o != old and fits(arrays, state, o):
                    most = arrays.cost[o] - had
                    found[0], found[1] = e, o
        claim(arrays, state.left, old)
    return most


@compiled
def make_room(
    arrays: Arrays, state: State, trial: Trial, option: int, gain: int, breadth: int, second_breadth: int
) -> int:
    """After a contract took an option that does not fit, others make room for it as long as a gain is left.

    Out of an overfull row goes the holder that loses least; with a `second_breadth` also one for which
    another has to make room first. Returns the gain that is left; 0: none, and everything is as it was before.
    """
    beneficiary = arrays.contract[option]
    found = trial.found
    num_moved = 0
    trial.mood[0] += 1
    salt = trial.mood[0] * 7919
    r = overfull(arrays, state, option)
    while r != NONE and num_moved + 2 <= len(trial.moved):
        least, first, first_to, second, second_to = gain, NONE, NONE, NONE, NONE
        count = state.num_holders[r]
        start = salt % count
        for i in range(min(count, breadth)):
            at = start + i
            d = state.holders[state.first_holder[r] + (at if at < count else at - count)]
            if d == beneficiary:
                continue
            old = state.chosen[d]
            had = arrays.cost[old]
            lend(arrays, state.left, old)
            if arrays.refusal[d] - had < least:
                least, first, first_to, second = arrays.refusal[d] - had, d, NONE, NONE
            for o in range(arrays.first_option[d], arrays.first_option[d + 1]):
                loss = arrays.cost[o] - had
                if loss >= least or o == old:
                    continue
                if fits(arrays, state, o):
                    least, first, first_to, second = loss, d, o, NONE
                elif second_breadth:
                    other = lacking(arrays, state, o)
                    if other not in (NONE, r) and state.left[other] >= 0:
                        claim(arrays, state.left, o)
                        most = cheapest_leaver(
                            arrays, state, other, least - loss, second_breadth, salt + i, d, beneficiary, found
                        )
                        lend(arrays, state.left, o)
                        if loss + most < least:
                            least, first, first_to, second, second_to = loss + most, d, o, found[0], found[1]
            claim(arrays, state.left, old)
        if first == NONE:
            break
        trial.moved[num_moved], trial.had[num_moved] = first, state.chosen[first]
        num_moved += 1
        leave(arrays, state, first)
        if second != NONE:
            trial.moved[num_moved], trial.had[num_moved] = second, state.chosen[second]
            num_moved += 1
            leave(arrays, state, second)
            take(arrays, state, second, second_to)
        take(arrays, state, first, first_to)
        gain -= least
        r = overfull(arrays, state, option)
    if r == NONE:
        return gain
    for i in range(num_moved - 1, -1, -1):
        leave(arrays, state, trial.moved[i])
        take(arrays, state, trial.moved[i], trial.had[i])
    return 0


@compiled
def improve(arrays: Arrays, state: State, trial: Trial, order: I64, breadth: int, second_breadth: int) -> int:
    """Each contract in turn takes a cheaper option, others making room for it where that is a gain in all.

    Of every full row, `breadth` holders are asked to, and `second_breadth` for each of them. Returns the gain.
    """
    total = 0
    for i in range(len(order)):
        c = order[i]
        old = state.chosen[c]
        had = money(arrays, c, old)
        leave(arrays, state, c)
        new = cheapest_way(arrays, state, c, had)
        best = old if new == NONE and arrays.refusal[c] >= had else new
        now = money(arrays, c, best)
        total += had - now
        if breadth:
            for o in range(arrays.first_option[c], arrays.first_option[c + 1]):
                if arrays.cost[o] >= now:
                    continue
                take(arrays, state, c, o)
                left = make_room(arrays, state, trial, o, now - arrays.cost[o], breadth, second_breadth)
                if left > 0:
                    total += left
                    best = o
                    break
                leave(arrays, state, c)
        if state.chosen[c] == NONE:
            take(arrays, state, c, best)
    return total
