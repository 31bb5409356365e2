# shellcheck shell=bash
# What every finding needs: a temporary folder that is removed at the end, and packages of pinned versions in it.
# Sourced with errexit, nounset and pipefail set. Exit codes of a finding: 0 as described, 1 other behaviour, 2 cannot be run here.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)

clean_up() {
    chmod -R u+w "$work" # a Nix store is read-only
    rm -rf "$work"
}

trap clean_up EXIT
cd "$work" || exit 2
PATH=$work/venv/bin:$work/bin:$PATH
export LC_ALL=C.UTF-8 PATH

cannot() {
    echo "cannot be run here: $*" >&2
    exit 2
}

changed() {
    echo "the behaviour is another one now: $*" >&2
    exit 1
}

# python_packages NAME==VERSION...: a fresh venv, first on the PATH.
python_packages() {
    [ -d venv ] || python3 -m venv venv || cannot "Python has no venv"
    hash -r # python3 is another one now
    pip install --quiet --disable-pip-version-check "$@" || cannot "pip install $*"
    python --version
    printf '%s\n' "$@"
}

# go_tool PACKAGE@VERSION: a program, first on the PATH.
go_tool() {
    GOBIN=$work/bin go install "$1" 2>go.log || { cat go.log >&2; cannot "go install $1"; }
    echo "$1 ($(go env GOVERSION))"
}

# go_program NAME [MODULE@VERSION...] <SOURCE: builds the main package on standard input as the program NAME.
go_program() {
    local name=$1 module
    shift
    mkdir "source-$name"
    cat >"source-$name/main.go"
    (
        cd "source-$name"
        go mod init "example.org/$name"
        for module in "$@"; do go mod edit -require="$module"; done
        go build -mod=mod -o "$work/bin/$name" .
    ) 2>go.log || { cat go.log >&2; cannot "go build of $name"; }
    printf '%s\n' "$(go env GOVERSION)" "$@"
}

# debian_packages NAME=VERSION...: these versions have to be installed; findings install nothing outside their folder.
debian_packages() {
    local wanted found
    for wanted in "$@"; do
        found=$(dpkg-query --show --showformat='${Version}' "${wanted%%=*}" 2>/dev/null) || found=
        [ "$found" = "${wanted#*=}" ] || cannot "Debian's $wanted is not installed (found: ${found:-nothing})"
        echo "$wanted"
    done
}

# make_image ARGUMENT...: a small valid image; make_image.py says how.
make_image() {
    python3 "$here/make_image.py" "$@"
}

# own_home: no configuration, cache or credentials of the user, and none left behind.
own_home() {
    GOMODCACHE=$(go env GOMODCACHE 2>/dev/null) || GOMODCACHE=$work/modules
    GOCACHE=$(go env GOCACHE 2>/dev/null) || GOCACHE=$work/cache
    mkdir -p "$work/home/run"
    export GOMODCACHE GOCACHE HOME=$work/home XDG_RUNTIME_DIR=$work/home/run XDG_DATA_HOME=$work/home/data
    # skopeo keeps its cache of blobs in /var for root, and in XDG_DATA_HOME for others
    export _CONTAINERS_ROOTLESS_UID=65534
}

# serve NAME COMMAND...: runs a registry that says in its log on which port of loopback it is; registry[NAME] is its HOST:PORT.
declare -A registry
running=
serve() {
    local name=$1 found=
    shift
    "$@" >"$name.log" 2>&1 &
    running="$running $!"
    # shellcheck disable=SC2064  # the processes are known now
    trap "kill $running; clean_up" EXIT
    for _ in $(seq 100); do
        found=$(grep -oE 'listening on 127.0.0.1:[0-9]+|port [0-9]+|:[0-9]+$' "$name.log" | grep -oE '[0-9]+$' | tail -n 1) || true
        [ -z "$found" ] || break
        sleep 0.1
    done
    [ -n "$found" ] || cannot "a registry does not start: $(cat "$name.log")"
    registry[$name]=127.0.0.1:$found
}

# crane_registry: crane's, empty, as registry[crane]; 0 lets the system choose the port.
crane_registry() {
    go_tool github.com/google/go-containerregistry/cmd/crane@v0.22.1
    serve crane crane registry serve --address 127.0.0.1:0
}

# two_registries: crane's and distribution's, empty, as registry[crane] and registry[distribution].
two_registries() {
    crane_registry
    go_tool github.com/distribution/distribution/v3/cmd/registry@v3.1.2
    cat >config.yml <<'END'
version: 0.1
storage: {filesystem: {rootdirectory: blobs}}
http: {addr: "127.0.0.1:0"}
END
    OTEL_TRACES_EXPORTER=none serve distribution registry serve config.yml
}
