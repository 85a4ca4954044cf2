# Sourced by ./pilotlight for `pilotlight test [--fast]`. Builds, runs every ring, and ends with one line that counts all of them.
# shellcheck shell=bash

passed=0 failed=0 skipped=0 crashed=() rings=()

# Reads the summary of xunit's own runner, that of Microsoft.Testing.Platform, or the plain line 'N passed, N failed, N skipped'.
count_results() { # log
    local numbers
    numbers=$(awk '
        { gsub(/\x1b\[[0-9;]*m/, "") }
        match($0, /Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+, Skipped: [0-9]+/) {
            split(substr($0, RSTART, RLENGTH), word, /[:,] */)
            ok = word[2] - word[6] - word[8]; bad = word[4] + word[6]; left = word[8]; summary = 1
        }
        /^Test run summary:/ { summary = 1 }
        summary && $1 ~ /^(succeeded|passed):$/ { ok = $2 }
        summary && $1 == "failed:" { bad = $2 }
        summary && $1 == "skipped:" { left = $2 }
        /^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$/ { ok = $1; bad = $3; left = $5 + 0; summary = 1 }
        END { if (summary) print ok + 0, bad + 0, left + 0 }' "$1")
    [ -n "$numbers" ] || return 1
    local ok bad left
    read -r ok bad left <<<"$numbers"
    passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + left))
    [ $((ok + bad + left)) -gt 0 ] || return 1
}

run_ring() { # name, command...
    local name=$1 log=$artifacts/test/$1.log status=0
    shift
    rings+=("$name")
    printf -- '--- %s\n' "$name"
    # What passed is in the log only.
    "$@" </dev/null 2>&1 | tee "$log" | grep --line-buffered -v '^ok ' || status=${PIPESTATUS[0]}
    local before=$failed
    if ! count_results "$log"; then
        crashed+=("$name: no result (exit code $status)")
    elif [ "$status" != 0 ] && [ "$failed" = "$before" ]; then
        crashed+=("$name: exit code $status without a failed test")
    fi
}

# Each failed test with what it said, once more: what came before may be long. xunit names it 'Name [FAIL]' and indents the rest;
# the others write 'FAIL name' and what follows up to the next test.
show_failures() { # log
    sed 's/\x1b\[[0-9;]*m//g' "$1" | awk '
        /\[FAIL\]$/ { shown = 1; lines = 0; depth = match($0, /[^ ]/) }
        /^FAIL(ED)? / { shown = 2; lines = 0 }
        shown == 1 && lines && NF && match($0, /[^ ]/) <= depth { shown = 0 }
        shown == 2 && lines && /^(ok|skip) / { shown = 0 }
        shown && lines++ < 40 { print }'
}

run_tests() {
    local fast=
    case ${1:-} in
        --fast) fast=1 ;;
        '') ;;
        *) say "usage: ./pilotlight test [--fast]"; exit 2 ;;
    esac
    if [ -n "$fast" ]; then find_missing; else find_missing_for_tests; fi
    install_missing
    build_what_is_old test
    require_dotnet build
    export PILOTLIGHT_ROOT=$root PILOTLIGHT_FAST=$fast NO_COLOR=1
    mkdir -p "$artifacts/test"

    local projects=() project
    for project in "$root"/tests/*.Tests/*.csproj; do
        project=$(basename "$project" .csproj)
        case $fast$project in
            1*.Sandbox.Tests | 1*.Conformance.Tests) ;;
            *) projects+=("$project") ;;
        esac
    done

    say "building the tests ..."
    local log=$artifacts/test/build.log
    : >"$log"
    for project in "${projects[@]}"; do
        dotnet_quietly "$log" build "$root/tests/$project" -c Release || { show_errors "$log"; fail "the tests do not build"; }
    done
    if [ -z "$fast" ] && [ -f "$root/tests/Pilotlight.Conformance.Tests/js/package-lock.json" ] && have npm; then
        (cd "$root/tests/Pilotlight.Conformance.Tests/js" && npm ci --no-audit --no-fund --silent </dev/null >&2) ||
            say "the AWS SDK for JavaScript could not be installed; its tests will be skipped"
    fi

    # What a test forgets goes with this folder. As open as /tmp itself, and as short: sockets have to fit.
    scratch=$(mktemp -d "${TMPDIR:-/tmp}/pilotlight-test-XXXXXX")
    trap 'rm -rf --one-file-system "$scratch"' EXIT
    chmod 1777 "$scratch"
    export TMPDIR=$scratch

    for project in "${projects[@]}"; do
        run_ring "$project" "$artifacts/bin/$project/release/$project"
    done
    if [ -z "$fast" ] && [ -x "$root/tests/runtimes/run" ]; then
        run_ring runtimes "$root/tests/runtimes/run"
    fi

    if [ "$failed" != 0 ]; then
        printf -- '--- failed\n'
        local ring
        for ring in "${rings[@]}"; do
            show_failures "$artifacts/test/$ring.log"
        done
    fi
    local line
    for line in "${crashed[@]}"; do
        printf 'crashed: %s\n' "$line"
    done
    failed=$((failed + ${#crashed[@]}))
    printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}
