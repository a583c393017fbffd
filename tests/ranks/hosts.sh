#!/bin/sh
# Two hosts on one machine, network namespaces with a link between them, in a new folder:
#
#   hosts.sh up FOLDER          makes them; fails where this may not be (root, ip, unshare)
#   hosts.sh run FOLDER WORDS   Open MPI's mpirun WORDS on the first, with both in its hostfile
#   hosts.sh cut FOLDER         the link is down; mend: up again
#   hosts.sh down FOLDER        ends what runs on them, and them
set -eu
action=$1 folder=$2
shift 2
name=lrr$(basename "$folder" | tr -dc a-zA-Z0-9 | tail -c 6) # an interface's has 15 characters at most
net=10.77.31

case $action in
up)
    mkdir -p "$folder"
    for i in 1 2; do ip netns add "$name-$i"; done
    ip link add "$name-1" netns "$name-1" type veth peer name "$name-2" netns "$name-2"
    for i in 1 2; do
        ip -n "$name-$i" address add $net.$i/24 dev "$name-$i"
        ip -n "$name-$i" link set lo up
        ip -n "$name-$i" link set "$name-$i" up
        unshare --uts true
        echo "$net.$i slots=2"
    done >"$folder/hosts"
    # In the place of ssh: HOST WORDS.
    cat >"$folder/agent" <<AGENT
#!/bin/sh
shift
exec ip netns exec $name-2 unshare --uts sh -c "hostname host2; \$*"
AGENT
    chmod +x "$folder/agent"
    ;;
run)
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    mpirun=$(command -v mpirun.openmpi || command -v mpirun)
    exec ip netns exec "$name-1" unshare --uts sh -c 'hostname host1; exec "$@"' sh \
        "$mpirun" --mca plm_rsh_agent "$folder/agent" --hostfile "$folder/hosts" --map-by node \
        --mca btl tcp,self --mca btl_tcp_if_include $net.0/24 --mca oob_tcp_if_include $net.0/24 \
        --mca mpi_yield_when_idle 1 "$@"
    ;;
cut) ip -n "$name-1" link set "$name-1" down ;;
mend)
    # What each remembers of the other while it was cut is not to refuse the next connection.
    ip -n "$name-1" link set "$name-1" up
    for i in 1 2; do
        until ip -n "$name-$i" link show "$name-$i" | grep -q 'state UP'; do sleep 0.1; done
        ip -n "$name-$i" neighbour flush all
    done
    sleep 1
    ;;
down)
    for i in 1 2; do
        pids=$(ip netns pids "$name-$i" 2>/dev/null) && [ -z "$pids" ] || kill -KILL $pids || true
        ip netns delete "$name-$i" 2>/dev/null || true
    done
    ;;
esac
