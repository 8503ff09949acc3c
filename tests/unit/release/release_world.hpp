#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline_fixture.hpp"
#include "support/interleaving.hpp"

namespace wheelyard::release {

/// One command of one client, and how it ended.
struct Ran {
  enum class End { died, done, unchanged, refused, failed, uncertain };
  std::string who;
  std::string what;  ///< "promote staging": also the note of its entry
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  End outcome = End::died;
  std::string message;
  std::optional<StepReport> report;
};

/// What a bucket begins with: made once, put back for every schedule.
class BucketImage {
 public:
  BucketImage() = default;
  explicit BucketImage(store::ObjectStore& bucket);
  std::shared_ptr<store::ObjectStore> restore() const;

 private:
  struct Object {
    std::string key;
    std::string bytes;
    store::PutOptions options;
  };
  std::vector<Object> objects_;
};

/// Whom clients take for dead.
enum class Liveness {
  known,      ///< who is dead: all run on one machine
  unknown,    ///< nobody: all run on machines of their own
  suspected,  ///< everybody else, wrongly too
};

struct Setting {
  PipelineRules rules = PipelineFixture::rules();
  Liveness liveness = Liveness::known;
  test_support::FaultLimits limits;
  std::chrono::seconds skew{0};  ///< between the clocks of two clients
};

/// A bucket, its clients and an observer who sees all: checks at every change what must hold at every
/// instant, and in the end what must hold then.
class World {
 public:
  World(const BucketImage& image, const Setting& setting, test_support::Decisions& decisions);

  /// A client's commands. None throws anything but what a kill does.
  class Client {
   public:
    void push(const std::string& version, const std::string& bytes, bool take_over = false);
    void push_files(const std::string& version, const std::map<std::string, std::string>& files);
    void promote(const std::string& rank, const std::string& version = {});
    void rollback(const std::string& rank, const std::string& version = {});
    void approve(const std::string& rank);
    void prune(std::size_t keep);
    void repair(bool deep = false);
    void download(const std::string& rank);
    void remove_leftovers(const std::string& version);
    void take_over();
    /// As another program does: no conditions, its own metadata.
    void write_by_s3p(const std::string& rank, const std::string& version, const std::string& bytes);

   private:
    friend class World;
    Client(World& world, std::string name, std::size_t number);
    void run(const std::string& what,
             const std::function<std::optional<StepReport>(const std::string&)>& command);
    std::string noted(const std::string& what) { return what + " #" + std::to_string(++commands_); }

    World& world_;
    std::string name_;
    std::shared_ptr<store::ObjectStore> store_;
    PipelineOptions options_;
    std::unique_ptr<Pipeline> pipeline_;
    int commands_ = 0;
  };

  void add(const std::string& name, const std::function<void(Client&)>& work);
  /// Lets all clients come to their ends and others go on after them. Returns what was broken, or "".
  std::string run();
  /// The schedule and what came of each command.
  std::string told() const;

 private:
  PipelineOptions options_of(const std::string& name, std::size_t number);
  /// Until nothing can be on its way any more, by the clock of whoever is ahead.
  std::chrono::seconds long_after() const { return std::chrono::seconds(700) + 3 * setting_.skew; }
  void look(std::string_view key);
  void check_state(const PipelineState& state);
  void check_bytes(const PipelineState& state);
  void check_download(const std::string& rank, const DownloadReport& report, std::uint64_t begin);
  void check_history();
  void check_commands(const std::vector<Entry>& entries);
  void check_replay(const std::vector<Entry>& entries);
  void broken(const std::string& what);
  std::string bytes_at(const std::string& key) const;

  Setting setting_;
  std::shared_ptr<store::ObjectStore> bucket_;
  test_support::Interleaving interleaving_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<Ran> ran_;
  struct Seen {
    std::uint64_t at = 0;
    PipelineState state;
  };
  std::vector<Seen> states_;
  std::uint64_t first_seq_ = 0;
  bool foreign_ = false;               ///< keys may be others than they should be until a repair
  bool is_written_by_others_ = false;  ///< there is something to take over
  std::string broken_;
};

}  // namespace wheelyard::release
