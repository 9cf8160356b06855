/**
 * Prints what the tracer reads, one JSON object a line: a tool of the tests, not shipped.
 *
 *   tracer_dump --out FILE [--backend tracefs|perf] [--what all|arms] [--scope rings|processes|machine]
 * [--attach PID]
 *               [--text FILE --creator COMM] [--details] [--count] [--buffer-kb N] [--ring-events N]
 * [--stall-ms N]
 * [--seconds S]
 *               [-- COMMAND ARGS...]
 *
 * Runs until COMMAND or the attached process has ended, S seconds have passed or SIGTERM comes; exits as
 * COMMAND did.
 * --stall-ms: the tracer reads only so often. "ready" on stderr: from here on everything is traced.
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "text_trace.h"
#include "tracer/ring_identity.h"
#include "tracer/tracer.h"

using namespace ringlens;

namespace {

volatile sig_atomic_t gStop = 0;

struct Options {
  Selection selection;
  int attach = 0;
  std::string out, text, creator;
  bool count = false;
  double seconds = 1e9;
  size_t ringEvents = 1u << 18;
  char** command = nullptr;
};

Options parse(int argc, char** argv) {
  Options o;
  o.selection.scope = Selection::Scope::kProcesses;
  for (int i = 1; i < argc; i++) {
    const std::string name = argv[i];
    if (name == "--") {
      o.command = argv + i + 1;
      break;
    }
    if (name == "--count") {
      o.count = true;
      continue;
    }
    if (name == "--details") {
      o.selection.sqeDetails = true;
      continue;
    }
    if (++i >= argc) throw Failure("EUSAGE", name + " needs a value");
    const std::string value = argv[i];
    if (name == "--out") o.out = value;
    if (name == "--text") o.text = value;
    if (name == "--creator") o.creator = value;
    if (name == "--backend") o.selection.backend = value;
    if (name == "--what" && value == "arms") o.selection.what = Selection::What::kArms;
    if (name == "--scope" && value == "machine") o.selection.scope = Selection::Scope::kMachine;
    if (name == "--scope" && value == "rings") o.selection.scope = Selection::Scope::kRings;
    if (name == "--attach") o.attach = std::atoi(value.c_str());
    if (name == "--buffer-kb") o.selection.bufferBytes = std::strtoul(value.c_str(), nullptr, 10) * 1024;
    if (name == "--ring-events") o.ringEvents = std::strtoul(value.c_str(), nullptr, 10);
    if (name == "--stall-ms")
      o.selection.readIntervalNs = std::strtoul(value.c_str(), nullptr, 10) * kNsPerMs;
    if (name == "--seconds") o.seconds = std::atof(value.c_str());
  }
  return o;
}

void printEvent(FILE* out, const EventRecord& e) {
  std::fprintf(out,
               "{\"kind\":%u,\"t\":\"%" PRIu64 "\",\"userData\":\"0x%" PRIx64
               "\",\"res\":%d,\"flags\":%u,\"a\":%u,\"b\":%u,\"request\":%u,\"thread\":%u,\"ring\":%u,"
               "\"provenance\":%u}\n",
               e.kind, e.tNs, e.userData, e.res, e.flags, e.a, e.b, e.request, e.thread, e.ring,
               e.provenance);
}

void printEnd(FILE* out, const Tracer& tracer) {
  for (const RingInfo& r : tracer.rings()) {
    std::fprintf(out, "{\"ringId\":%u,\"ctx\":\"%" PRIx64 "\",\"pid\":%d,\"fd\":%d,\"created\":%s}\n", r.id,
                 r.ctx, r.pid, r.fd, r.created ? "true" : "false");
  }
  for (const ThreadInfo& t : tracer.threads()) {
    std::fprintf(out, "{\"threadId\":%u,\"tid\":%d,\"pid\":%d,\"name\":\"%s\"}\n", t.id, t.tid, t.pid,
                 t.name.c_str());
  }
  const TracerStats s = tracer.stats();
  std::fprintf(out,
               "{\"stats\":{\"backend\":\"%s\",\"events\":%" PRIu64 ",\"lost\":%" PRIu64
               ",\"ringLost\":%" PRIu64 ",\"late\":%" PRIu64 ",\"ambiguous\":%" PRIu64 ",\"foreign\":%" PRIu64
               ",\"readerCpuNs\":%" PRIu64 ",\"bufferBytes\":%" PRIu64
               ",\"cpus\":%u,\"missing\":%zu,\"notes\":%zu}}\n",
               s.backend.c_str(), s.events, s.lost, s.ringLost, s.late, s.ambiguous, s.foreign, s.readerCpuNs,
               s.bufferBytes, s.cpus, s.missing.size(), s.notes.size());
}

/** A child that waits for a byte before it becomes COMMAND, so that its first system call is traced. */
struct Launched {
  pid_t pid = 0;
  int go = -1;
};
Launched launch(char** command) {
  int pipes[2];
  if (::pipe(pipes) != 0) throw systemFailure(errno, "pipe", "No pipe.");
  Launched child;
  child.go = pipes[1];
  child.pid = ::fork();
  if (child.pid == 0) {
    char byte;
    ::close(pipes[1]);
    if (::read(pipes[0], &byte, 1) != 1) ::_exit(126);
    ::close(pipes[0]);
    ::execvp(command[0], command);
    ::_exit(127);
  }
  ::close(pipes[0]);
  return child;
}

void drain(EventRing* ring, FILE* out, bool count) {
  const size_t n = ring->readable();
  for (size_t i = 0; i < n && !count; i++) printEvent(out, ring->peek(i));
  ring->consume(n);
}

int run(int argc, char** argv) {
  Options options = parse(argc, argv);
  FILE* const out = options.out.empty() ? stdout : std::fopen(options.out.c_str(), "w");
  if (out == nullptr) throw systemFailure(errno, "fopen", "The output can't be written.");
  std::unique_ptr<TextTrace> text;
  if (!options.text.empty()) text = std::make_unique<TextTrace>();

  Launched child;
  if (options.command != nullptr) {
    child = launch(options.command);
    options.selection.pids.push_back(child.pid);
  }
  if (options.attach != 0) options.selection.pids.push_back(options.attach);

  EventRing ring(options.ringEvents, Provenance::kTracepoint);
  Tracer tracer(options.selection, &ring);
  tracer.start();
  if (options.attach != 0) {
    RingIdentifier identifier(options.selection.backend);
    for (const RingBinding& binding : identifier.identifyAll(options.attach)) tracer.addRing(binding);
  }
  if (child.go >= 0) {
    if (::write(child.go, "g", 1) != 1) throw systemFailure(errno, "write", "The command can't be started.");
    ::close(child.go);
  }
  std::fprintf(stderr, "ready\n");

  int status = 0;
  const uint64_t end = monotonicNs() + static_cast<uint64_t>(options.seconds * 1e9);
  while (gStop == 0 && monotonicNs() < end) {
    drain(&ring, out, options.count);
    if (child.pid > 0 && ::waitpid(child.pid, &status, WNOHANG) == child.pid) break;
    if (options.attach != 0 && ::kill(options.attach, 0) != 0) break;
    ::usleep(5000);
  }
  tracer.stop();
  drain(&ring, out, options.count);
  EventRecord loss;
  if (ring.takeFinalLoss(monotonicNs(), 0, 0, &loss)) printEvent(out, loss);
  printEnd(out, tracer);
  std::fclose(out);
  if (text) {
    std::set<std::string> attached;
    for (const RingInfo& r : tracer.rings()) {
      char ctx[20];
      std::snprintf(ctx, sizeof ctx, "%" PRIx64, r.ctx);
      if (!r.created) attached.insert(ctx);
    }
    text->save(options.text, options.creator, attached);
  }
  if (WIFSIGNALED(status)) {
    ::signal(WTERMSIG(status), SIG_DFL);
    ::raise(WTERMSIG(status));
  }
  return WEXITSTATUS(status);
}

}  // namespace

int main(int argc, char** argv) {
  ::signal(SIGTERM, [](int) { gStop = 1; });
  ::signal(SIGINT, [](int) { gStop = 1; });
  try {
    return run(argc, argv);
  } catch (const Failure& failure) {
    std::fprintf(stderr, "tracer_dump: %s\n", failure.message.c_str());
    return 125;
  }
}
