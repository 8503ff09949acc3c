#include "wheelyard/cli/help.hpp"

#include <array>
#include <cstdio>
#include <filesystem>
#include <regex>

#include "support/scratch_folder.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "wheelyard/base/io.hpp"
#include "wheelyard/cli/completion_script.hpp"
#include "wheelyard/cli/parser.hpp"
#include "wheelyard/cli/text.hpp"
#include "wheelyard/cli/verb_options.hpp"

namespace wheelyard::cli {
namespace {

using testing::AnyOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;

/// What a program prints, line by line.
std::vector<std::string> lines_of(const std::string& command) {
  std::vector<std::string> lines;
  FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 4096> buffer{};
  while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) {
    std::string line = buffer.data();
    if (line.ends_with('\n')) line.pop_back();
    lines.push_back(line);
  }
  pclose(pipe);
  return lines;
}

/// The words of an example, as the shell splits them. Globs stay as they are.
std::vector<std::string> shell_words(std::string_view command) {
  return lines_of("set -f; printf '%s\\n' " + std::string(command));
}

TEST(Verbs, SayWhatTheyDo) {
  for (const auto* each : all_verbs()) {
    const auto& verb = *each;
    SCOPED_TRACE(full_name(verb));
    EXPECT_FALSE(verb.summary.empty());
    EXPECT_FALSE(verb.description.empty());
    EXPECT_FALSE(verb.examples.empty());
    const VerbOptions options(verb);
    for (const auto* option : shown_options(verb, options))
      EXPECT_FALSE(option->text.help.empty()) << option->text.name;
    for (const auto& argument : options.set.arguments()) EXPECT_FALSE(argument.help.empty()) << argument.name;
    const auto list = verb.group.empty() ? program_help() : verb_help(*find_verb(verb.group));
    EXPECT_THAT(list, HasSubstr("\n  " + std::string(verb.name)));
  }
}

TEST(Verbs, BehindAGroupKnowItAndItsOptions) {
  for (const auto& group : verbs()) {
    const VerbOptions shared(group);
    for (const auto& verb : group.verbs) {
      SCOPED_TRACE(full_name(verb));
      EXPECT_EQ(verb.group, group.name);
      EXPECT_TRUE(verb.verbs.empty());
      EXPECT_EQ(find_verb(group, verb.name), &verb);
      const VerbOptions options(verb);
      for (std::size_t i = 0; i < shared.own; ++i) {
        const auto& option = shared.set.options()[i];
        const auto* own = options.set.find(option.text.name);
        ASSERT_NE(own, nullptr) << option.text.name;
        EXPECT_EQ(own->takes_value, option.takes_value);
      }
    }
  }
}

TEST(Verbs, HaveNoOptionTwice) {
  for (const auto* each : all_verbs()) {
    const auto& verb = *each;
    const VerbOptions options(verb);
    std::vector<std::string> seen;
    for (const auto& option : options.set.options()) {
      EXPECT_THAT(seen, Not(Contains("--" + option.text.name))) << verb.name;
      seen.push_back("--" + option.text.name);
      if (option.text.letter == 0) continue;
      EXPECT_THAT(seen, Not(Contains(std::string("-") + option.text.letter))) << verb.name;
      seen.push_back(std::string("-") + option.text.letter);
    }
  }
}

TEST(Examples, AreRightCommandLines) {
  for (const auto* each : all_verbs()) {
    auto verb = *each;
    for (const auto& example : verb.examples) {
      SCOPED_TRACE(example.command);
      std::string command(example.command);
      if (const auto inner = command.find("$("); inner != std::string::npos) {
        command = command.substr(inner + 2, command.find(')') - inner - 2);
      }
      auto words = shell_words(command.substr(0, command.find(" >")));
      if (words.front() == "wheelyard") words.erase(words.begin());
      if (!each->verbs.empty()) {
        // A group's examples are of the verbs behind it.
        ASSERT_EQ(words.front(), each->name);
        words.erase(words.begin());
        ASSERT_NE(find_verb(*each, words.front()), nullptr);
        verb = *find_verb(*each, words.front());
      } else if (!each->group.empty()) {
        ASSERT_EQ(words.front(), each->group);
        words.erase(words.begin());
      }
      ASSERT_EQ(words.front(), verb.name);
      words.erase(words.begin());
      VerbOptions options(verb);
      EXPECT_NO_THROW(parse_arguments(words, options.set));
    }
  }
}

TEST(Help, ShowsEveryOptionOfAVerb) {
  const std::string help = verb_help(*find_verb("publish"));
  for (const auto* text : {"Usage: wheelyard publish [OPTION…] FILE…", "-f, --force", "--dry-run",
                           "--acl ACL", "[default: 4]", "-r, --repo URL", "WHEELYARD_REPO", "Examples:"}) {
    EXPECT_THAT(help, HasSubstr(text));
  }
  EXPECT_THAT(verb_help(*find_verb("completion")), Not(HasSubstr("--repo")));
  EXPECT_THAT(verb_help(*find_verb("exec")), HasSubstr("-- PROGRAM [ARGUMENT…]"));
}

TEST(Help, OfAGroupNamesItsVerbs) {
  const std::string help = verb_help(*find_verb("release"));
  for (const auto* text : {"Usage: wheelyard release VERB [OPTION…]\n", "\nVerbs:\n  push ", "--store URL",
                           "WHEELYARD_RELEASE_STORE", "'wheelyard release VERB --help'"})
    EXPECT_THAT(help, HasSubstr(text));
  const std::string push = verb_help(*find_verb(*find_verb("release"), "push"));
  EXPECT_THAT(push, HasSubstr("Usage: wheelyard release push [OPTION…] FILE…\n"));
  EXPECT_THAT(push, HasSubstr("--store URL"));
  EXPECT_THAT(push, HasSubstr("--version V"));
}

TEST(Help, FitsATerminal) {
  for (const auto* each : all_verbs()) {
    const auto& verb = *each;
    std::istringstream lines(verb_help(verb));
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(line.size(), 104u) << verb.name << ": " << line;
      EXPECT_FALSE(line.ends_with(' ')) << verb.name << ": " << line;
    }
  }
}

TEST(Docs, HoldWhatTheProgramSays) {
  EXPECT_EQ(read_file(std::string(WHEELYARD_SOURCE_DIR) + "/docs/cli.md"), markdown_help())
      << "make it anew: build/dev/bin/wheelyard help --markdown > docs/cli.md";
}

/// What bash offers for the last word of a command line.
std::vector<std::string> bash_offers(const std::vector<std::string>& words) {
  const test_support::ScratchFolder folder;
  const auto script = folder.write("completion", bash_completion());
  std::string command = "bash -c 'source " + script.string() + "; compopt() { :; }; COMP_WORDS=(";
  for (const auto& word : words) command += " \"" + word + "\"";
  command += "); COMP_CWORD=" + std::to_string(words.size() - 1) +
             "; _wheelyard; printf \"%s\\n\" \"${COMPREPLY[@]}\"'";
  auto offers = lines_of(command);
  std::erase(offers, "");
  return offers;
}

TEST(BashCompletion, OffersVerbsOptionsAndValues) {
  EXPECT_THAT(bash_offers({"wheelyard", "pub"}), ElementsAre("publish"));
  EXPECT_THAT(bash_offers({"wheelyard", ""}), IsSupersetOf({"list", "yank", "exec", "--repo"}));
  EXPECT_THAT(bash_offers({"wheelyard", "--repo", "x", "un"}), ElementsAre("unyank"));
  EXPECT_THAT(bash_offers({"wheelyard", "publish", "--f"}), ElementsAre("--force"));
  EXPECT_THAT(bash_offers({"wheelyard", "publish", "--acl", "public-read-"}),
              ElementsAre("public-read-write"));
  EXPECT_THAT(bash_offers({"wheelyard", "completion", ""}), ElementsAre("bash", "zsh", "fish"));
  EXPECT_THAT(bash_offers({"wheelyard", "list", "--jo"}), ElementsAre());
}

TEST(BashCompletion, OffersWhatStandsBehindGroups) {
  EXPECT_THAT(bash_offers({"wheelyard", "release", "pro"}), ElementsAre("promote"));
  EXPECT_THAT(bash_offers({"wheelyard", "--region", "x", "release", "--store", "y", "roll"}),
              ElementsAre("rollback"));
  EXPECT_THAT(bash_offers({"wheelyard", "release", "--st"}), ElementsAre("--store"));
  EXPECT_THAT(bash_offers({"wheelyard", "release", "promote", "--exp"}), ElementsAre("--expect-digest"));
  EXPECT_THAT(bash_offers({"wheelyard", "help", "release", "pus"}), ElementsAre("push"));
  EXPECT_THAT(bash_offers({"wheelyard", "help", "-q", "relea"}), ElementsAre("release"));
  EXPECT_THAT(bash_offers({"wheelyard", "publish", "release", "pus"}), ElementsAre());
}

TEST(BashCompletion, OffersFiles) {
  const test_support::ScratchFolder folder;
  std::filesystem::create_directories(folder / "dist");
  folder.write("acme.whl", "x");
  const std::string prefix = folder.path().string() + "/";
  EXPECT_THAT(bash_offers({"wheelyard", "publish", prefix + "ac"}), ElementsAre(prefix + "acme.whl"));
  EXPECT_THAT(bash_offers({"wheelyard", "list", "--repo", prefix}), ElementsAre(prefix + "dist"));
}

TEST(Completion, KnowsEveryVerbInEveryShell) {
  for (const auto& verb : verbs()) {
    if (verb.hidden) continue;
    const std::string name(verb.name);
    const std::string branch =
        "    " + name + (verb.alias.empty() ? "" : "|" + std::string(verb.alias)) + ")\n";
    EXPECT_TRUE(bash_completion().contains(branch)) << name;
    EXPECT_TRUE(zsh_completion().contains(branch)) << name;
    EXPECT_TRUE(fish_completion().contains(" -a " + name + " -d ")) << name;
    if (!verb.alias.empty()) {
      EXPECT_TRUE(fish_completion().contains(" -a " + std::string(verb.alias) + " -d "));
    }
    for (const auto& inner : verb.verbs) {
      const std::string inner_name(inner.name);
      EXPECT_TRUE(bash_completion().contains("    '" + name + " " + inner_name + "')\n")) << inner_name;
      EXPECT_TRUE(zsh_completion().contains("    " + inner_name + ")\n")) << inner_name;
      EXPECT_TRUE(fish_completion().contains(" -a " + inner_name + " -d ")) << inner_name;
    }
  }
}

}  // namespace
}  // namespace wheelyard::cli
