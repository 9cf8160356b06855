/**
 * The parts of the tracer that need no kernel, and small questions to it for the tests:
 *
 *   tracer_unit                      runs the checks below; exit status 0 = all hold
 *   tracer_unit instances            names of ringlens' tracefs instances
 *   tracer_unit backends             one line each: name, permitted, reason, remedy
 *   tracer_unit identify PID         "fd ctx" of each ring
 *   tracer_unit multishot BACKEND    the REQ_F bit of a multishot, in hex
 *   tracer_unit look PID FD UD OP    fdinfo and the SQE of that user_data and opcode
 */
#include <dirent.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "base/error.h"
#include "check.h"
#include "request_checks.h"
#include "tracer/backend.h"
#include "tracer/choose.h"
#include "tracer/cpu_queues.h"
#include "tracer/fdinfo.h"
#include "tracer/instance_name.h"
#include "tracer/ring_identity.h"
#include "tracer/ring_map.h"
#include "tracer/ring_page.h"
#include "tracer/tracefs.h"

using namespace ringlens;

namespace {

/** A ring buffer page, written word by word. */
class PageBuilder {
 public:
  PageBuilder(uint64_t time, uint64_t flags = 0) : time_(time), flags_(flags) {}
  PageBuilder& word(uint32_t value) {
    data_.push_back(value);
    return *this;
  }
  PageBuilder& event(uint32_t type, uint32_t delta) { return word(delta << 5 | type); }
  std::vector<uint8_t> page() const {
    std::vector<uint8_t> bytes(4096);
    const uint64_t commit = data_.size() * 4 | flags_;
    std::memcpy(bytes.data(), &time_, 8);
    std::memcpy(bytes.data() + 8, &commit, 8);
    std::memcpy(bytes.data() + 16, data_.data(), data_.size() * 4);
    return bytes;
  }

 private:
  uint64_t time_, flags_;
  std::vector<uint32_t> data_;
};

struct Seen {
  uint64_t time;
  uint32_t first;
  size_t bytes;
};
std::vector<Seen> readAll(RingPage page) {
  std::vector<Seen> seen;
  size_t bytes = 0;
  while (const uint8_t* record = page.next(&bytes)) {
    uint32_t first;
    std::memcpy(&first, record, 4);
    seen.push_back({page.time(), first, bytes});
  }
  return seen;
}

void testPages() {
  PageBuilder builder(1000);
  builder.event(2, 5).word(11).word(0);           // short record
  builder.event(0, 7).word(12).word(22).word(0);  // long form: the length counts itself
  builder.event(29, 3).word(8).word(0);           // discarded: 8 bytes to skip, and its time counts
  builder.event(30, 1).word(1);                   // 2^27 + 1 more
  builder.event(1, 2).word(33);
  builder.event(31, 9).word(4);  // absolute: 4 * 2^27 + 9
  builder.event(1, 1).word(44);
  builder.event(29, 0).word(0).event(1, 1).word(55);  // nothing more on this page
  const auto bytes = builder.page();
  const auto seen = readAll(RingPage(bytes.data(), bytes.size()));
  CHECK(seen.size() == 4);
  if (seen.size() != 4) return;
  CHECK(seen[0].time == 1005 && seen[0].first == 11 && seen[0].bytes == 8);
  CHECK(seen[1].time == 1012 && seen[1].first == 22 && seen[1].bytes == 8);
  CHECK(seen[2].time == 1012 + 3 + (1u << 27) + 1 + 2 && seen[2].first == 33);
  CHECK(seen[3].time == 4ull * (1u << 27) + 9 + 1 && seen[3].first == 44);

  // Absolute times keep the top bits of the page's time.
  const uint64_t high = 0x8000000000000000ull;
  const auto top = PageBuilder(high).event(31, 1).word(1).event(1, 0).word(7).page();
  CHECK(readAll(RingPage(top.data(), top.size()))[0].time == (high | (1u << 27) | 1));

  const auto missed = PageBuilder(1, 1u << 31).event(1, 1).word(9).page();
  CHECK(RingPage(missed.data(), missed.size()).missed() == 1);
  const auto counted = PageBuilder(1, 3u << 30).event(1, 1).word(9).page();
  CHECK(RingPage(counted.data(), counted.size()).missed() == 0);  // 0 stored behind the data
  // Torn input ends the reading and nothing else.
  CHECK(readAll(RingPage(bytes.data(), 3)).empty());
  CHECK(readAll(RingPage(bytes.data(), 24)).empty());
  const auto beyond = PageBuilder(1).event(28, 1).word(1).page();
  CHECK(readAll(RingPage(beyond.data(), beyond.size())).empty());
}

constexpr const char* kSubmit61 = R"(name: io_uring_submit_sqe
ID: 77
format:
	field:unsigned short common_type;	offset:0;	size:2;	signed:0;
	field:int common_pid;	offset:4;	size:4;	signed:1;

	field:void * ctx;	offset:8;	size:8;	signed:0;
	field:unsigned long long user_data;	offset:24;	size:8;	signed:0;
	field:u8 opcode;	offset:32;	size:1;	signed:0;
	field:u32 flags;	offset:36;	size:4;	signed:0;
	field:__data_loc char[] op_str;	offset:44;	size:4;	signed:0;

print fmt: "ring %p, field:nothing;	offset:9;	size:1;", REC->ctx
)";

void testFormats() {
  CHECK(!parseFormat("nothing"));
  const auto format = parseFormat(kSubmit61);
  CHECK(format && format->id == 77 && format->name == "io_uring_submit_sqe");
  CHECK(format && format->find("op_str") != nullptr && format->find("nothing") == nullptr);
  // The name of 6.1 is taken; what it lacks is named.
  const EventLayouts layouts([](const std::string& path) -> std::optional<std::string> {
    if (path == "io_uring/io_uring_submit_sqe") return kSubmit61;
    return std::nullopt;
  });
  CHECK(layouts.has(EventType::kSubmit) && !layouts.has(EventType::kPollArm));
  CHECK(layouts.tracepoints().size() == 1 && layouts.tracepoints()[0].path == "io_uring/io_uring_submit_sqe");
  std::string missing;
  for (const std::string& name : layouts.missing()) missing += name + " ";
  CHECK(missing.find("io_uring/io_uring_submit_sqe.req ") != std::string::npos);
  CHECK(missing.find("io_uring/io_uring_poll_arm ") != std::string::npos);
  uint8_t record[48] = {77, 0, 0, 0, 0x39, 0x30};
  record[24] = 5;
  record[32] = 27;
  record[39] = 0x80;
  KernelEvent event;
  CHECK(layouts.decode(record, sizeof record, &event));
  CHECK(event.tid == 12345 && event.userData == 5 && event.a == 27 && event.flags == 0x80000000u);
  CHECK(!layouts.decode(record, 39, &event));  // torn
  record[0] = 78;
  CHECK(!layouts.decode(record, sizeof record, &event));  // not ours
}

void testQueues() {
  CpuQueues queues;
  const auto add = [&](uint16_t cpu, uint64_t t) {
    KernelEvent event;
    event.cpu = cpu;
    event.tNs = t;
    queues.add(event);
  };
  std::string order;
  const auto take = [&](const KernelEvent& event) { order += std::to_string(event.tNs) + " "; };
  add(0, 10);
  add(0, 30);
  add(1, 20);
  add(1, 15);  // neighbours swapped by an interrupt
  add(2, 40);
  queues.takeUntil(35, take);
  CHECK(order == "10 15 20 30 ");
  add(1, 34);  // late
  add(1, 36);
  order.clear();
  queues.takeUntil(kForever, take);
  CHECK(order == "35 36 40 " && queues.late() == 1);
}

/** Against a plain model, with keys that collide. */
void testFlatMap() {
  FlatMap map;
  std::vector<uint32_t> model(300, FlatMap::kAbsent);
  uint32_t random = 1;
  for (int i = 0; i < 200000; i++) {
    random = random * 1664525 + 1013904223;
    const uint64_t key = (random >> 8) % model.size();
    if ((random & 1) != 0) {
      map.set(key << 40, static_cast<uint32_t>(i));
      model[key] = static_cast<uint32_t>(i);
    } else {
      map.erase(key << 40);
      model[key] = FlatMap::kAbsent;
    }
    if (i % 1000 != 0) continue;
    for (uint64_t k = 0; k < model.size(); k++) CHECK(map.find(k << 40) == model[k]);
  }
}

/** The sample of MULTISHOT.md, 2.1. */
void testFdinfo() {
  CHECK(!parseRingFdinfo("pos:\t0\nflags:\t02\n"));
  const auto info = parseRingFdinfo(
      "pos:\t0\nSqMask:\t0x3\nSqHead:\t1\nSqTail:\t1\nCachedSqHead:\t1\nCqMask:\t0x3\nCqHead:\t0\nCqTail:"
      "\t2\n"
      "CachedCqTail:\t2\nSQEs:\t0\nCQEs:\t2\n    0: user_data:43981, res:10, flag:3\n"
      "    1: user_data:43981, res:-105, flag:10003\nSqThread:\t-1\nSqThreadCpu:\t-1\nUserFiles:\t2\n"
      "    0: socket:[47623]\n    1: TCP\nUserBufs:\t1\n    0: 0x4ad2e0/8192\nPollList:\n  op=27, "
      "task_works=0\n"
      "  op=13, task_works=1\nCqOverflowList:\n  user_data=18446744073709551615, res=10, "
      "flags=40001\nNAPI:\tdisabled\n");
  CHECK(info && info->sqMask == 3 && info->cqTail == 2 && info->sqThread == -1 && info->userFiles == 2);
  if (!info) return;
  CHECK(info->complete && info->unreaped.size() == 2 && info->unreaped[1].res == -105);
  CHECK(info->unreaped[1].flags == 0x10003 && info->unreaped[0].userData == 43981);
  CHECK(info->polls.size() == 2 && info->polls[0].opcode == 27 && info->polls[1].taskWorks == 1);
  CHECK(info->overflow.size() == 1 && info->overflow[0].flags == 0x40001 &&
        info->overflow[0].userData == UINT64_MAX);
  CHECK(!parseRingFdinfo("SqMask:\t0x3\nCQEs:\t0\n")->complete);
}

void testFilters() {
  const Tracepoint complete{EventType::kComplete, "io_uring/io_uring_complete", 1, true};
  const Tracepoint taskWork{EventType::kTaskWorkRun, "io_uring/io_uring_task_work_run", 2, false};
  const Tracepoint create{EventType::kCreate, "io_uring/io_uring_create", 3, true};
  using Mode = RingFilter::Mode;
  CHECK(filterText(complete, {Mode::kListed, {0xf0, 0xf1}}) == "ctx == 0xf0 || ctx == 0xf1");
  CHECK(filterText(complete, {Mode::kListed, {}}) == "ctx == 0x1");
  CHECK(filterText(complete, {Mode::kEvery, {0xf0, 0xf1}}) == "ctx != 0xf0 && ctx != 0xf1");
  CHECK(filterText(complete, {Mode::kEvery, {}}).empty());
  CHECK(filterText(complete, {Mode::kListed, std::vector<uint64_t>(1000, 0xffff888105961800)}).empty());
  CHECK(filterText(taskWork, {Mode::kListed, {1}}) == "count > 0");
  CHECK(filterText(create, {Mode::kListed, {1}}).empty());
}

void testNames() {
  CHECK(!isStaleInstance(newInstanceName()));
  CHECK(isStaleInstance("ringlens-1-999-1"));  // pid 1 lives, but started at another time
  CHECK(isStaleInstance("ringlens-999999999-5-1"));
  CHECK(!isStaleInstance("ringlens-notes") && !isStaleInstance("other-1-2-3") &&
        !isStaleInstance("ringlens-1-2"));
}

int look(int pid, int fd, uint64_t userData, int opcode) {
  if (const auto info = readRingFdinfo(pid, fd)) {
    std::printf("polls %zu opcode %d cqTail %u\n", info->polls.size(),
                info->polls.empty() ? -1 : info->polls[0].opcode, info->cqTail);
  }
  const RingMap map = RingMap::open(pid, fd);
  const RingCounters c = map.counters();
  std::printf("entries %u %u sq %u %u cq %u %u\n", c.sqEntries, c.cqEntries, c.sqHead, c.sqTail, c.cqHead,
              c.cqTail);
  if (const auto sqe = map.findSqe(userData, static_cast<uint8_t>(opcode))) {
    std::printf("sqe fd %d ioprio %u bgid %u flags %u\n", sqe->fd, sqe->ioprio, sqe->bufGroup, sqe->flags);
  }
  return 0;
}

int ask(const std::string& question, char** argv) {
  if (question == "instances") {
    const auto tracefs = TraceFs::open();
    DIR* const directory = ::opendir(tracefs->path("instances").c_str());
    while (const dirent* entry = ::readdir(directory)) {
      if (std::strncmp(entry->d_name, "ringlens-", 9) == 0) std::printf("%s\n", entry->d_name);
    }
    ::closedir(directory);
  } else if (question == "backends") {
    for (const BackendChoice& c : probeBackends()) {
      std::printf("%s|%d|%s|%s\n", c.name.c_str(), c.permitted, c.reason.c_str(), c.remedy.c_str());
    }
  } else if (question == "identify") {
    RingIdentifier identifier(argv[3] != nullptr ? argv[3] : "");
    for (const RingBinding& b : identifier.identifyAll(std::atoi(argv[2]))) {
      std::printf("%d %" PRIx64 "\n", b.fd, b.ctx);
    }
  } else if (question == "multishot") {
    const MultishotFlag flag = RingIdentifier(argv[2], true).learnMultishot();
    std::printf("%" PRIx64 " %s\n", flag.bit, flag.missing.c_str());
  } else if (question == "look") {
    return look(std::atoi(argv[2]), std::atoi(argv[3]), std::strtoull(argv[4], nullptr, 0),
                std::atoi(argv[5]));
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc > 1) return ask(argv[1], argv);
  } catch (const Failure& failure) {
    std::fprintf(stderr, "%s\n", failure.message.c_str());
    return 125;
  }
  testPages();
  testFormats();
  testQueues();
  testRequests();
  testFacts();
  testExclusions();
  testFlatMap();
  testFdinfo();
  testFilters();
  testNames();
  if (failures == 0) std::printf("all checks hold\n");
  return failures == 0 ? 0 : 1;
}
