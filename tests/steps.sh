# The steps of tests/run, one function each. Sourced by it, from the root of the repository.

as_root() {
    if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

# Runs a command that installs packages, and starts none of their services: gammu-smsd and smstools would take
# modems, and prometheus a port. dpkg asks this file (policy-rc.d, Debian's /usr/share/doc/init-system-helpers).
without_services() {
    local policy=/usr/sbin/policy-rc.d status=0
    if [[ -e $policy ]]; then
        "$@"
        return
    fi
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null && as_root chmod 755 "$policy" || return 1
    "$@" || status=$?
    as_root rm -f "$policy"
    return $status
}

step_tools() {
    local wanted=(gcc:gcc curl:curl sqlite3:sqlite3 wrk:wrk gammu:gammu gammu-smsd:gammu-smsd smsd:smstools)
    wanted+=(lintian:lintian mmdebstrap:mmdebstrap systemd-nspawn:systemd-container readelf:binutils apparmor_parser:apparmor)
    wanted+=(udevadm:udev umockdev-run:umockdev)
    wanted+=(openssl:openssl testssl:testssl.sh node:nodejs npm:npm promtool:prometheus chromium:chromium)
    local missing=() pair
    # The bank controller's compiler: rustup's, or Debian's, which makes `core` for that chip from its source.
    if [[ ! -d $(rustc --print sysroot)/lib/rustlib/thumbv6m-none-eabi ]]; then
        [[ -x /usr/bin/rustc && -e /usr/lib/rustlib/src/rust/library/Cargo.lock ]] || missing+=(rustc-web rust-web-src)
    fi
    for pair in "${wanted[@]}"; do
        PATH=$PATH:/usr/sbin:/sbin command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
    done
    python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
    if ((${#missing[@]})); then
        echo "installing: ${missing[*]}"
        export DEBIAN_FRONTEND=noninteractive
        as_root apt-get update -qq &&
            without_services as_root env DEBIAN_FRONTEND=noninteractive \
                apt-get install -qq -y --no-install-recommends "${missing[@]}" || return 1
    fi
    # The list of packages is kept beside what was installed from it: a changed list installs anew.
    if ! cmp -s tests/requirements.txt tests/.venv/installed.txt; then
        python3 -m venv --clear tests/.venv &&
            $python -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt &&
            cp tests/requirements.txt tests/.venv/installed.txt || return 1
    fi
    local folder
    for folder in tests/harness/smsc tests/harness/typescript tests/harness/bank_board web-ui; do
        if ! cmp -s $folder/package-lock.json $folder/node_modules/installed.json; then
            (cd $folder && npm ci --silent --no-audit --no-fund) &&
                cp $folder/package-lock.json $folder/node_modules/installed.json || return 1
        fi
    done
    $python -m pytest --version
    cargo --version
    echo "node $(node --version)"
}

step_fmt() {
    cargo fmt --all --check
}

step_clippy() {
    cargo clippy --locked --quiet --workspace --all-targets -- -D warnings
}

step_layers() {
    # The fuzz targets and the firmware are workspaces of their own, whose locks nothing else looks at.
    cargo metadata --locked --quiet --format-version 1 --manifest-path tests/fuzz/Cargo.toml >/dev/null &&
        cargo metadata --locked --quiet --format-version 1 --manifest-path firmware/rp2040/Cargo.toml >/dev/null &&
        python3 tests/layers.py
}

step_web() {
    [[ -d web-ui/node_modules ]] || step_tools || return 1
    (cd web-ui && node build/check-words.js && npm run --silent check)
}

step_rust() {
    cargo test --locked --quiet --workspace --no-fail-fast
}

# The bank controller's program: built, made into the file that is dropped onto a board, and run in an emulator with a host
# at its line.
step_firmware() {
    [[ -x $python && -d tests/harness/bank_board/node_modules && (-x /usr/bin/rustc || -d $(rustc --print sysroot)/lib/rustlib/thumbv6m-none-eabi) ]] ||
        step_tools || return 1
    need_programs || return 1
    local began=$SECONDS built elf uf2
    built=$(firmware/build) || return 1
    { read -r elf && read -r uf2; } <<<"$built"
    echo "built in $((SECONDS - began)) s"
    firmware/uf2.py --check "$uf2" || return 1
    (cd firmware/rp2040 && cargo fmt --check) &&
        $python -m pytest -c tests/pytest.ini --rootdir tests --basetemp "$TMPDIR/p" -n 2 tests/firmware "${pytest_arguments[@]}"
}

# On a machine with everything but npm the build goes on, warns, and `/` says how to get the page.
step_without_npm() {
    local tools=$TMPDIR/without-npm folder said
    mkdir "$tools" || return 1
    # Earlier folders of the path win, as they do in the path.
    while read -r folder; do
        [[ -d $folder ]] && ln -sn "$folder"/* "$tools" 2>/dev/null
    done < <(tr : '\n' <<<"$PATH")
    rm -f "$tools/npm"
    said=$(PATH=$tools cargo test --locked -p web --target-dir "$target/without-npm" 2>&1) &&
        grep -q 'built without the web page: npm' <<<"$said" && grep -q 'not_built::the_first_page.* ok' <<<"$said" && return
    echo "$said"
    return 1
}

# End to end it is tested where somebody builds such a program: CONTRIBUTING.md.
step_encryption() {
    cargo test --locked --quiet -p store --features encryption --lib -- encryption backups restores
}

# Debug builds: the step `rust` has compiled all of them already, and they stop at an overflow or a broken assertion.
step_build() {
    cargo build --locked --quiet -p simgate -p virtual-modem
}

# The programs must be there for e2e and peers, also when only those are asked for. `SIMGATE_BIN_DIR` names others.
need_programs() {
    [[ -n ${SIMGATE_BIN_DIR:-} ]] || step_build || return 1
    export SIMGATE_BIN_DIR=${SIMGATE_BIN_DIR:-$(realpath "$target")/debug}
    [[ -x $python ]] || step_tools
}

step_e2e() {
    need_programs || return 1
    build_cargo_deny_meanwhile
    # They wait for virtual radios most of the time: several at once take no longer than one.
    $python -m pytest -c tests/pytest.ini --rootdir tests --basetemp "$TMPDIR/p" -n 4 --dist worksteal tests/e2e "${pytest_arguments[@]}"
}

step_peers() {
    need_programs || return 1
    $python -m pytest -c tests/pytest.ini --rootdir tests --basetemp "$TMPDIR/p" -n 3 --dist worksteal tests/peers "${pytest_arguments[@]}"
}

step_browser() {
    need_programs || return 1
    $python -m pytest -c tests/pytest.ini --rootdir tests --basetemp "$TMPDIR/p" -n 2 --dist loadfile tests/browser "${pytest_arguments[@]}"
}

step_package() {
    need_programs || return 1
    [[ -x $(command -v lintian) ]] || step_tools || return 1
    $python -m pytest -c tests/pytest.ini --rootdir tests --basetemp "$TMPDIR/p" -n 2 --dist loadfile tests/package "${pytest_arguments[@]}"
}

cargo_deny_installed() {
    [[ $("$target/tools/bin/cargo-deny" --version 2>/dev/null) == "cargo-deny $cargo_deny_version" ]]
}

# Unoptimised: it builds in a third of the time and still checks the tree in a second.
install_cargo_deny() {
    CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR=$target/tools/build nice -n 19 cargo install --quiet --locked --debug \
        --version "$cargo_deny_version" --root "$target/tools" cargo-deny && rm -rf "$target/tools/build"
}

# The end-to-end tests mostly wait for the virtual radios, so the time is there.
build_cargo_deny_meanwhile() {
    if [[ " ${steps[*]} " == *" deny "* ]] && ! cargo_deny_installed; then
        install_cargo_deny >"$target/cargo-deny.log" 2>&1 &
        cargo_deny_build=$!
    fi
}

step_deny() {
    if [[ -n ${cargo_deny_build:-} ]]; then
        wait "$cargo_deny_build" || cat "$target/cargo-deny.log"
    fi
    cargo_deny_installed || install_cargo_deny || return 1
    "$target/tools/bin/cargo-deny" --locked check licenses bans sources &&
        "$target/tools/bin/cargo-deny" --locked --manifest-path firmware/rp2040/Cargo.toml --target thumbv6m-none-eabi check licenses bans sources
}
