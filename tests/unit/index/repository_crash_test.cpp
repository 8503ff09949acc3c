#include "repository_fixture.hpp"
#include "support/mortal_bucket.hpp"
#include <gmock/gmock.h>

namespace wheelyard::index {
namespace {

using ::testing::IsEmpty;

/// The dead end nothing, so there is nothing to wait for.
const RepositoryOptions impatient{.removal_patience = std::chrono::milliseconds(1)};

using test_support::MortalBucket;

struct Crash {
  const char* name;
  std::function<void(Repository&, const ScratchFolder&)> prepare;
  std::function<void(Repository&, const ScratchFolder&)> work;
};

class RepositoryCrash : public ::testing::TestWithParam<Crash> {};

void remove(Repository& repository, const std::string& spec) {
  SelectRequest request;
  request.specs = {spec};
  repository.remove(request);
}

/// Keys of distributions that no entry of the project leads to.
std::vector<std::string> unlisted(Repository& repository, const std::string& project) {
  std::vector<std::string> keys;
  for (const auto& object : store::list_all(repository.store(), repository.prefix())) {
    if (package::looks_like_distribution(object.key)) keys.push_back(object.key);
  }
  if (const auto read = repository.read_project(project)) {
    for (const auto& file : read->page.files) std::erase(keys, repository.key_of(project, file));
  }
  return keys;
}

TEST_P(RepositoryCrash, AtEveryRequestKeepsThePromisesAndHeals) {
  const auto& crash = GetParam();
  ScratchFolder folder;
  bool any_survived = false;
  for (const bool after : {false, true}) {
    for (int request = 0; request < 200; ++request) {
      SCOPED_TRACE(testing::Message() << "killed " << (after ? "after" : "before") << " request " << request);
      MortalBucket bucket;
      Repository repository(bucket.store, "r/", impatient);
      crash.prepare(repository, folder);
      const bool killed = bucket.killed_at(request, after, [&] { crash.work(repository, folder); });
      EXPECT_EQ(broken_promise(*bucket.store, "r/", "acme"), "");
      if (!killed) {
        any_survived = true;
        EXPECT_TRUE(repository.verify({}).clean());
        EXPECT_THAT(private_keys(*bucket.store, "r/"), IsEmpty());
        break;
      }
      const auto repaired = repository.verify({.repair = true});
      for (const auto& problem : repaired.problems) {
        EXPECT_EQ(problem.state, Problem::State::repaired)
            << problem.kind << " " << problem.item << " " << problem.action;
      }
      const auto again = repository.verify({});
      for (const auto& problem : again.problems)
        ADD_FAILURE() << problem.kind << " " << problem.item << " " << problem.detail;
      EXPECT_THAT(private_keys(*bucket.store, "r/"), IsEmpty());
      EXPECT_THAT(unlisted(repository, "acme"), IsEmpty());
      EXPECT_EQ(broken_promise(*bucket.store, "r/", "acme"), "");
    }
  }
  EXPECT_TRUE(any_survived);
}

TEST_P(RepositoryCrash, IsHealedByTheNextPublish) {
  const auto& crash = GetParam();
  ScratchFolder folder;
  for (const bool after : {false, true}) {
    for (int request = 0; request < 200; ++request) {
      SCOPED_TRACE(testing::Message() << "killed " << (after ? "after" : "before") << " request " << request);
      MortalBucket bucket;
      Repository repository(bucket.store, "r/", impatient);
      crash.prepare(repository, folder);
      if (!bucket.killed_at(request, after, [&] { crash.work(repository, folder); })) break;
      publish(repository, {folder.distribution("acme-9.0-py3-none-any.whl", "the next one")});
      EXPECT_EQ(broken_promise(*bucket.store, "r/", "acme"), "");
      EXPECT_THAT(private_keys(*bucket.store, "r/"), IsEmpty());
      const auto page = repository.read_project("acme")->page;
      EXPECT_EQ(html_filenames(*bucket.store, "r/", "acme"), filenames(page));
      for (const auto& [filename, record] : page.withdrawn) {
        EXPECT_NE(record.state, Withdrawal::State::deleting) << filename;
      }
    }
  }
}

const auto nothing = [](Repository&, const ScratchFolder&) {};
const auto two_files = [](Repository& repository, const ScratchFolder& folder) {
  publish(repository, {folder.distribution("acme-1.0-py3-none-any.whl", "one"),
                       folder.distribution("acme-2.0-py3-none-any.whl", "two")});
};

/// A file that another program put, in a folder of another name.
const auto taken_over = [](Repository& repository, const ScratchFolder& folder) {
  const std::string filename = "acme-0.1-py3-none-any.whl";
  repository.store().put("r/Acme/" + filename, bytes_source(ScratchFolder::bytes(filename, "old")));
  two_files(repository, folder);
};

INSTANTIATE_TEST_SUITE_P(
    Work, RepositoryCrash,
    ::testing::Values(
        Crash{"FirstPublish", nothing,
              [](Repository& repository, const ScratchFolder& folder) {
                publish(repository, {folder.distribution("acme-1.0-py3-none-any.whl", "one")});
              }},
        Crash{"Publish", two_files,
              [](Repository& repository, const ScratchFolder& folder) {
                publish(repository, {folder.distribution("acme-3.0-py3-none-any.whl", "three"),
                                     folder.distribution("acme-3.0.tar.gz", "three")});
              }},
        Crash{"Yank", two_files,
              [](Repository& repository, const ScratchFolder&) {
                YankRequest request;
                request.specs = {"acme==1.0"};
                request.reason = "broken";
                repository.yank(request);
              }},
        Crash{"Remove", two_files,
              [](Repository& repository, const ScratchFolder&) { remove(repository, "acme==1.0"); }},
        Crash{"RemoveTakenOver", taken_over,
              [](Repository& repository, const ScratchFolder&) { remove(repository, "acme==0.1"); }},
        Crash{"RemoveAll", two_files,
              [](Repository& repository, const ScratchFolder&) { remove(repository, "acme"); }}),
    [](const auto& test) { return test.param.name; });

TEST(RepositoryCrashForce, KeepsThePromisesAndTheSameCommandEndsIt) {
  ScratchFolder folder;
  for (const bool after : {false, true}) {
    for (int request = 0; request < 200; ++request) {
      SCOPED_TRACE(testing::Message() << "killed " << (after ? "after" : "before") << " request " << request);
      MortalBucket bucket;
      Repository repository(bucket.store, "", impatient);
      two_files(repository, folder);
      const auto other = folder.distribution("acme-1.0-py3-none-any.whl", "other");
      const bool killed = bucket.killed_at(request, after, [&] { publish(repository, {other}, true); });
      EXPECT_EQ(broken_promise(*bucket.store, "", "acme"), "");
      publish(repository, {other}, true);
      EXPECT_EQ(repository.read_project("acme")->page.find(other.filename)->sha256(), other.sha256);
      EXPECT_EQ(broken_promise(*bucket.store, "", "acme"), "");
      EXPECT_THAT(private_keys(*bucket.store, ""), IsEmpty());
      if (!killed) break;
    }
  }
}

}  // namespace
}  // namespace wheelyard::index
