#include "tracer/tracefs_backend.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "tracer/instance_name.h"
#include "tracer/ring_page.h"

namespace ringlens {
namespace {

std::vector<std::string> listDirectory(const std::string& path) {
  std::vector<std::string> names;
  DIR* const directory = ::opendir(path.c_str());
  if (directory == nullptr) return names;
  while (const dirent* entry = ::readdir(directory)) {
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  ::closedir(directory);
  return names;
}

/** The number in "dropped events: 12" of a stats file; 0 when the line is not there. */
uint64_t statOf(std::string_view text, std::string_view key) {
  // At the beginning of a line: "overrun" is also the end of "commit overrun".
  size_t at = text.find(key);
  while (at != std::string_view::npos && at > 0 && text[at - 1] != '\n') at = text.find(key, at + 1);
  if (at == std::string_view::npos) return 0;
  uint64_t value = 0;
  std::from_chars(text.data() + at + key.size(), text.data() + text.size(), value);
  return value;
}

}  // namespace

TracefsInstance::TracefsInstance(std::shared_ptr<TraceFs> tracefs) : tracefs_(std::move(tracefs)) {
  removeStale();
  directory_ = tracefs_->path("instances/" + newInstanceName());
  if (::mkdir(directory_.c_str(), 0700) != 0) {
    throw systemFailure(errno, "mkdir", "tracefs can't be written; run as root.");
  }
}

TracefsInstance::~TracefsInstance() {
  writeSmallFile(path("events/enable"), "0");
  // EBUSY while a reader in another process (someone looking at it) has a file open.
  for (int attempt = 0; attempt < 20 && ::rmdir(directory_.c_str()) != 0 && errno == EBUSY; attempt++)
    ::usleep(5000);
}

void TracefsInstance::removeStale() const {
  for (const std::string& name : listDirectory(tracefs_->path("instances"))) {
    if (!isStaleInstance(name)) continue;
    // Fails harmlessly when someone has it open: then it is not stale (a pid of another pid namespace).
    ::rmdir(tracefs_->path("instances/" + name).c_str());
  }
}

TracefsBackend::TracefsBackend(std::shared_ptr<TraceFs> tracefs)
    : tracefs_(std::move(tracefs)),
      layouts_([this](const std::string& event) { return tracefs_->readFormat(event); }) {}

TracefsBackend::~TracefsBackend() { close(); }

void TracefsBackend::set(const std::string& file, const std::string& value) const {
  if (const int error = instance_->write(file, value)) {
    throw systemFailure(error, "write", "The kernel did not take " + value + " for " + file + " of tracefs.");
  }
}

void TracefsBackend::start(const BackendConfig& config) {
  config_ = config;
  try {
    instance_ = std::make_unique<TracefsInstance>(tracefs_);
    set("trace_clock", "mono");
    set("options/overwrite", "0");
    set("buffer_size_kb", std::to_string(std::max<size_t>(config.bufferBytes / 1024, 16)));
    openCpus();
    setRings(config.filter);
    for (const Tracepoint& tracepoint : layouts_.tracepoints()) {
      if ((config_.wanted & bitOf(tracepoint.type)) != 0) set("events/" + tracepoint.path + "/enable", "1");
    }
  } catch (...) {
    close();
    throw;
  }
}

void TracefsBackend::openCpus() {
  const uint64_t now = monotonicNs();
  for (const std::string& name : listDirectory(instance_->path("per_cpu"))) {
    if (name.compare(0, 3, "cpu") != 0) continue;
    Cpu cpu;
    cpu.number = static_cast<unsigned>(std::stoul(name.substr(3)));
    cpu.checkedNs = now;
    const std::string directory = instance_->path("per_cpu/" + name);
    cpu.pages = Fd(::open((directory + "/trace_pipe_raw").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    cpu.stats = Fd(::open((directory + "/stats").c_str(), O_RDONLY | O_CLOEXEC));
    if (!cpu.pages || !cpu.stats)
      throw systemFailure(errno, "open", "The trace buffers of tracefs can't be read.");
    cpus_.push_back(std::move(cpu));
  }
  // One read gives one sub-buffer: a page unless the kernel was told otherwise.
  const auto subBuffer = readSmallFile(instance_->path("buffer_subbuf_size_kb"));
  const size_t kilobytes = subBuffer ? std::strtoul(subBuffer->c_str(), nullptr, 10) : 0;
  page_.resize(std::max<size_t>(kilobytes * 1024, static_cast<size_t>(::sysconf(_SC_PAGESIZE))));
}

void TracefsBackend::setRings(const RingFilter& filter) {
  config_.filter = filter;
  for (const Tracepoint& tracepoint : layouts_.tracepoints()) {
    if ((config_.wanted & bitOf(tracepoint.type)) == 0) continue;
    const std::string text = filterText(tracepoint, filter);
    set("events/" + tracepoint.path + "/filter", text.empty() ? "0" : text);
  }
}

void TracefsBackend::read(uint64_t untilNs, RecordSink* sink) {
  for (Cpu& cpu : cpus_) {
    readPages(&cpu, untilNs, sink);
    readLosses(&cpu, sink);
  }
}

void TracefsBackend::readPages(Cpu* cpu, uint64_t untilNs, RecordSink* sink) {
  for (;;) {
    const ssize_t n = ::read(cpu->pages.get(), page_.data(), page_.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // EAGAIN: empty
    RingPage page(page_.data(), static_cast<size_t>(n));
    if (page.missed() > 0) sink->loss(cpu->number, page.missed(), cpu->checkedNs, page.time());
    size_t bytes = 0;
    while (const uint8_t* record = page.next(&bytes)) sink->record(cpu->number, page.time(), record, bytes);
    // A writer can be faster than we are: what is newer waits for the next call.
    if (page.time() >= untilNs) return;
  }
}

/** With overwrite=0 losses show here and not in the pages (kernel/trace/trace.c: tracing_stats_read). */
void TracefsBackend::readLosses(Cpu* cpu, RecordSink* sink) {
  char text[512];
  const ssize_t n = ::pread(cpu->stats.get(), text, sizeof text, 0);
  if (n <= 0) return;
  const std::string_view stats(text, static_cast<size_t>(n));
  const uint64_t lost = statOf(stats, "dropped events: ") + statOf(stats, "commit overrun: ");
  const uint64_t now = monotonicNs();
  if (lost > cpu->lost) sink->loss(cpu->number, lost - cpu->lost, cpu->checkedNs, now);
  cpu->lost = lost;
  cpu->checkedNs = now;
}

void TracefsBackend::pause() {
  if (instance_) instance_->write("tracing_on", "0");
}

BackendFacts TracefsBackend::facts() const {
  BackendFacts facts;
  facts.cpus = static_cast<unsigned>(cpus_.size());
  if (!instance_) return facts;
  const auto size = readSmallFile(instance_->path("buffer_size_kb"));
  facts.bufferBytes = size ? std::strtoul(size->c_str(), nullptr, 10) * 1024 : 0;
  return facts;
}

void TracefsBackend::close() {
  cpus_.clear();
  instance_.reset();
}

}  // namespace ringlens
