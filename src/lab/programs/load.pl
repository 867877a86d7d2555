# A client of the lab: so many new connections a second, and long-lived ones that ask again and again; the same by UDP. Waits
# for the line `start TIMEOUT` (ms, of each request) on standard input and ends with it, so that no load outlives who asked for
# it; `rate N` changes how many connections are new each second; `move ADDRESS`: once that
# answers it is asked instead, also by what lives for long, which begins anew. A line of JSON a request (load-record.ts). Perl, since an
# emulated processor starts it in a tenth of the time, and has a request done in a fifth.
#   perl load.pl ADDRESS PORT PATH key=value …
#     new, longLived, intervalMs, holdMs, udpPort, udpNew, udpLongLived
use strict;
use warnings;
use Errno qw(EINPROGRESS EINTR EWOULDBLOCK);
use Fcntl qw(F_SETFL O_NONBLOCK);
use Socket qw(:DEFAULT IPPROTO_TCP IPPROTO_UDP TCP_NODELAY);
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC time);

use constant FLUSH_AFTER => 0.2;
# A VIP that answers nobody must not pile up sockets.
use constant MOST_IN_FLIGHT => 500;
use constant READ_BYTES     => 16_384;

my ($address, $port, $path, @settings) = @ARGV;
die "usage: load.pl ADDRESS PORT PATH key=value ...\n" unless defined $path;
my %want = (
    new => 7, longLived => 2, intervalMs => 250, holdMs => 0, udpPort => 0, udpNew => 0, udpLongLived => 0,
    map { split /=/, $_, 2 } @settings
);
my $timeout  = 2;
my $interval = $want{intervalMs} / 1000;
my $hold     = $want{holdMs} / 1000;
my $target   = inet_aton($address);
$SIG{PIPE} = 'IGNORE';

# The loop: timers by number, and for each descriptor what to do once it can be read or written.
my (%timers, %readers, %writers);
my $lastTimer = 0;
my ($readable, $writable) = ('', '');

sub now { return clock_gettime(CLOCK_MONOTONIC) }

sub after {
    my ($seconds, $work) = @_;
    $timers{ ++$lastTimer } = [ now() + ($seconds > 0 ? $seconds : 0), $work ];
    return $lastTimer;
}

sub whenReadable {
    my ($handle, $work) = @_;
    $readers{ fileno $handle } = $work;
    vec($readable, fileno $handle, 1) = 1;
}

sub whenWritable {
    my ($handle, $work) = @_;
    $writers{ fileno $handle } = $work;
    vec($writable, fileno $handle, 1) = 1;
}

sub forget {
    my ($handle) = @_;
    my $number = fileno $handle;
    delete $readers{$number};
    delete $writers{$number};
    vec($readable, $number, 1) = 0;
    vec($writable, $number, 1) = 0;
}

sub run {
    while (1) {
        my $next = 3600;
        my $now  = now();
        for my $number (sort { $timers{$a}[0] <=> $timers{$b}[0] } keys %timers) {
            my $due = $timers{$number}[0];
            if ($due > $now) { $next = $due - $now; last }
            my $timer = delete $timers{$number} or next;
            $timer->[1]->();
            $next = 0;
        }
        my $found = select(my $canRead = $readable, my $canWrite = $writable, undef, $next);
        next if $found <= 0;
        for my $number (keys %readers) {
            $readers{$number}->() if vec($canRead, $number, 1) && $readers{$number};
        }
        for my $number (keys %writers) {
            $writers{$number}->() if vec($canWrite, $number, 1) && $writers{$number};
        }
    }
}

# What was asked, and how it went.
my $pending = '';

sub flush {
    while ($pending ne '') {
        my $written = syswrite STDOUT, $pending;
        last unless defined $written;
        substr($pending, 0, $written) = '';
    }
}

sub note {
    my ($atMs, $began, $protocol, $connection, $host, $site, $error) = @_;
    after(FLUSH_AFTER, \&flush) if $pending eq '';
    $pending .= sprintf
        qq({"atMs":%d,"ms":%.1f,"host":"%s","site":"%s","error":"%s","protocol":"%s","connection":%d}\n),
        $atMs, (now() - $began) * 1000, $host, $site, $error, $protocol, $connection;
}

# `ECONNREFUSED`, of an errno.
sub nameOf {
    my ($errno) = @_;
    local $! = $errno;
    my ($name) = grep { $!{$_} } keys %!;
    return $name // "errno $errno";
}

# One request on something that is open: `write` sends it, `read` gives the answer (host and site), an error, or nothing yet.
# `numberOf` gives the connection's number, of the host that answered ('' for none); `done` is told whether it went well.
sub request {
    my ($open, $protocol, $numberOf, $write, $read, $done) = @_;
    my ($atMs, $began) = (time * 1000, now());
    my $handle = $open->{handle};
    my $limit;
    my $settle = sub {
        my ($error, $host, $site) = @_;
        forget($handle);
        delete $timers{$limit};
        note($atMs, $began, $protocol, $numberOf->($host // ''), $host // '', $site // '', $error);
        $done->($error eq '');
    };
    $limit = after($timeout, sub { $settle->('timeout') });
    whenReadable($handle, sub { my @outcome = $read->() or return; $settle->(@outcome) });
    my $send = sub {
        vec($writable, fileno $handle, 1) = 0;
        delete $writers{ fileno $handle };
        my $error = $open->{connected} ? 0 : unpack 'i', getsockopt($handle, SOL_SOCKET, SO_ERROR);
        return $settle->(nameOf($error)) if $error;
        $open->{connected} = 1;
        defined $write->() or $settle->(nameOf($! + 0));
    };
    # Without a route, say: whoever asked hears of it when his turn is over.
    if    ($open->{failed})    { after(0, sub { $settle->(nameOf($open->{failed})) }) }
    elsif ($open->{connected}) { $send->() }
    else                       { whenWritable($handle, $send) }
}

sub openTcp {
    socket(my $handle, AF_INET, SOCK_STREAM, IPPROTO_TCP) or die "socket: $!\n";
    fcntl($handle, F_SETFL, O_NONBLOCK);
    setsockopt($handle, IPPROTO_TCP, TCP_NODELAY, 1);
    my $begun = connect($handle, pack_sockaddr_in($port, $target)) || $! == EINPROGRESS;
    return { handle => $handle, connected => 0, failed => $begun ? 0 : $! + 0 };
}

sub overTcp {
    my ($open, $connection, $done) = @_;
    my $keep = $connection > 0 || $hold > 0 ? 'keep-alive' : 'close';
    my $text = '';
    my $write = sub {
        return syswrite $open->{handle}, "GET $path HTTP/1.1\r\nhost: $address\r\nconnection: $keep\r\n\r\n";
    };
    my $read = sub {
        my $length = sysread $open->{handle}, $text, READ_BYTES, length $text;
        return $! == EWOULDBLOCK || $! == EINTR ? () : nameOf($! + 0) unless defined $length;
        my @answer = readAnswer($text);
        return @answer ? @answer : $length == 0 ? 'closed' : ();
    };
    request($open, 'tcp', sub { $connection }, $write, $read, $done);
}

# Empty while more must come; else an error ('' where there is none), host, site.
sub readAnswer {
    my ($text) = @_;
    my $end = index $text, "\r\n\r\n";
    return () if $end < 0;
    my $head = substr $text, 0, $end;
    my ($length) = $head =~ /^content-length: *(\d+)/im;
    return () if length $text < $end + 4 + ($length // 0);
    my ($status) = $head =~ m{^HTTP/1\.\d (\d+)};
    return 'status ' . ($status // 'none') if ($status // 0) != 200;
    my ($host) = $head =~ /^x-served-by: *([\w.-]+)/im;
    my ($site) = $head =~ /^x-site: *([\w.-]+)/im;
    return ('', $host // '', $site // '');
}

sub openUdp {
    socket(my $handle, AF_INET, SOCK_DGRAM, IPPROTO_UDP) or die "socket: $!\n";
    fcntl($handle, F_SETFL, O_NONBLOCK);
    my $begun = connect($handle, pack_sockaddr_in($want{udpPort}, $target));
    return { handle => $handle, connected => 1, failed => $begun ? 0 : $! + 0 };
}

my $lastWord = 0;

# A datagram with a word of its own; nothing is sent twice: what is lost is lost.
sub overUdp {
    my ($open, $numberOf, $done) = @_;
    my $word  = ++$lastWord;
    my $write = sub { return send $open->{handle}, "$word\n", 0 };
    my $read  = sub {
        defined recv($open->{handle}, my $answer, READ_BYTES, 0)
            or return $! == EWOULDBLOCK ? () : nameOf($! + 0);
        my ($echoed, $host, $site) = split ' ', $answer;
        # An earlier one, come late, is not what was asked.
        return ($echoed // '') eq $word ? ('', $host // '', $site // '') : ();
    };
    request($open, 'udp', $numberOf, $write, $read, $done);
}

# A connection or flow that lives for one request.
my $inFlight = 0;

sub once {
    my ($open, $over, $holding) = @_;
    return if $inFlight >= MOST_IN_FLIGHT;
    $inFlight += 1;
    my $opened = $open->();
    my $close = sub { close $opened->{handle}; $inFlight -= 1 };
    $over->($opened, sub { $_[0] && $holding > 0 ? after($holding, $close) : $close->() });
}

my $lastConnection = 0;

# Grows when the load goes to another address: what lives for long then begins anew.
my $moves = 0;

# Asks every interval; a connection that failed is replaced by the next one.
sub longLived {
    my $opened     = openTcp();
    my $connection = ++$lastConnection;
    my $next       = now();
    my $mine       = $moves;
    my $ask;
    $ask = sub {
        if ($mine != $moves) {
            close $opened->{handle};
            undef $ask;
            return longLived();
        }
        overTcp($opened, $connection, sub {
            my ($well) = @_;
            if (!$well) {
                close $opened->{handle};
                undef $ask;
                return after($interval, \&longLived);
            }
            $next = nextTurn($next);
            after($next - now(), $ask);
        });
    };
    $ask->();
}

# One socket throughout; from its first answer on, a flow that another real server answers than before counts as a connection made anew.
sub longLivedFlow {
    my $opened     = openUdp();
    my $connection = ++$lastConnection;
    my $next       = now();
    my $mine       = $moves;
    my ($servedBy, $ask);
    my $numberOf = sub {
        my ($host) = @_;
        $connection = ++$lastConnection if $host ne '' && defined $servedBy && $servedBy ne $host;
        $servedBy = $host if $host ne '';
        return $connection;
    };
    $ask = sub {
        if ($mine != $moves) {
            close $opened->{handle};
            undef $ask;
            return longLivedFlow();
        }
        overUdp($opened, $numberOf, sub {
            $next = nextTurn($next);
            after($next - now(), $ask);
        });
    };
    $ask->();
}

use constant TRY_EVERY => 0.05;
use constant TRY_FOR   => 1;

# Knocks at the other address, of which nobody is told, until it is answered; then that is where the load goes.
sub move {
    my ($to) = @_;
    socket(my $handle, AF_INET, SOCK_STREAM, IPPROTO_TCP) or die "socket: $!\n";
    fcntl($handle, F_SETFL, O_NONBLOCK);
    connect($handle, pack_sockaddr_in($port, inet_aton($to)));
    my $settle = sub {
        my ($limit, $well) = @_;
        forget($handle);
        delete $timers{$limit};
        close $handle;
        return after(TRY_EVERY, sub { move($to) }) unless $well;
        ($address, $target) = ($to, inet_aton($to));
        $moves += 1;
    };
    my $limit;
    $limit = after(TRY_FOR, sub { $settle->($limit, 0) });
    whenWritable($handle, sub {
        $settle->($limit, unpack('i', getsockopt($handle, SOL_SOCKET, SO_ERROR)) == 0);
    });
}

sub nextTurn {
    my ($last) = @_;
    my $now = now();
    return $last + $interval > $now ? $last + $interval : $now;
}

# `work` so many times a second, until `current` says that another rate is in force.
sub arrive {
    my ($perSecond, $work, $current) = @_;
    return if $perSecond <= 0;
    my $turn;
    $turn = sub {
        return unless $current->();
        after(1 / $perSecond, $turn);
        $work->();
    };
    after(1 / $perSecond, $turn);
}

my $rates = 0;

sub newConnections {
    my ($perSecond) = @_;
    my $mine = ++$rates;
    arrive($perSecond, sub { once(\&openTcp, sub { overTcp($_[0], 0, $_[1]) }, $hold) }, sub { $mine == $rates });
}

sub start {
    newConnections($want{new});
    arrive($want{udpNew}, sub { once(\&openUdp, sub { overUdp($_[0], sub { 0 }, $_[1]) }, 0) }, sub { 1 });
    after($_ * $interval / 2,         \&longLived)     for 0 .. $want{longLived} - 1;
    after(($_ + 0.5) * $interval / 2, \&longLivedFlow) for 0 .. $want{udpLongLived} - 1;
}

my $heard = '';
whenReadable(\*STDIN, sub {
    my $length = sysread STDIN, $heard, READ_BYTES, length $heard;
    if (!$length) { flush(); exit 0 }
    while ($heard =~ s/^([^\n]*)\n//) {
        my ($word, $value) = $1 =~ /^(rate|start|move) ([\d.]+)$/ or next;
        if    ($word eq 'rate') { newConnections($value) }
        elsif ($word eq 'move') { move($value) }
        else                    { $timeout = $value / 1000; start() }
    }
});
run();
