#include "wheelyard/package/marker.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "wheelyard/base/text.hpp"
#include "wheelyard/package/dependency_scanner.hpp"
#include "wheelyard/package/name.hpp"
#include "wheelyard/package/specifier.hpp"

namespace wheelyard::package {
namespace {

/// Brackets within brackets; real markers have two or three.
constexpr int deepest = 100;

struct Variable {
  std::string_view spelling;
  std::string_view name;
};

/// With the spellings of before PEP 508. One that another begins with stands behind it.
constexpr std::array variables = {
    Variable{"python_version", "python_version"},
    Variable{"python_full_version", "python_full_version"},
    Variable{"os_name", "os_name"},
    Variable{"os.name", "os_name"},
    Variable{"sys_platform", "sys_platform"},
    Variable{"sys.platform", "sys_platform"},
    Variable{"platform_release", "platform_release"},
    Variable{"platform_system", "platform_system"},
    Variable{"platform_version", "platform_version"},
    Variable{"platform.version", "platform_version"},
    Variable{"platform_machine", "platform_machine"},
    Variable{"platform.machine", "platform_machine"},
    Variable{"platform_python_implementation", "platform_python_implementation"},
    Variable{"platform.python_implementation", "platform_python_implementation"},
    Variable{"python_implementation", "platform_python_implementation"},
    Variable{"implementation_name", "implementation_name"},
    Variable{"implementation_version", "implementation_version"},
    Variable{"extras", "extras"},
    Variable{"extra", "extra"},
    Variable{"dependency_groups", "dependency_groups"},
};

constexpr std::array operators = {"===", "==", "~=", "!=", "<=", ">=", "<", ">"};

/// Variables whose values are versions, by the standard.
bool holds_version(std::string_view name) {
  return name == "implementation_version" || name == "platform_release" || name == "python_full_version" ||
         name == "python_version";
}

/// Names of extras are compared in their normal form (PEP 685).
bool holds_extras(std::string_view name) {
  return name == "extra" || name == "extras" || name == "dependency_groups";
}

}  // namespace

/// Thrown within the parser, and turned into a problem by it.
struct MarkerProblem {
  std::string text;
};

class MarkerParser {
 public:
  explicit MarkerParser(std::string_view text) : scanner_(text) {}

  Marker::Term parse() {
    auto term = alternatives();
    if (!scanner_.at_end()) fail("an 'and' or 'or'");
    return term;
  }

 private:
  using Term = Marker::Term;

  [[noreturn]] void fail(std::string_view expected) const {
    const auto found =
        scanner_.at_end() ? std::string("it ends") : "'" + printable(scanner_.rest(), 40) + "'";
    throw MarkerProblem{found + " where " + std::string(expected) + " should stand"};
  }

  Term alternatives() {
    Term result;
    result.alternatives.emplace_back().push_back(atom());
    while (true) {
      if (scanner_.take_word("or")) {
        result.alternatives.emplace_back();
      } else if (!scanner_.take_word("and")) {
        break;
      }
      result.alternatives.back().push_back(atom());
    }
    if (result.alternatives.size() == 1 && result.alternatives.front().size() == 1) {
      auto only = std::move(result.alternatives.front().front());
      return only;
    }
    return result;
  }

  Term atom() {
    scanner_.take_space();
    Term term;
    if (scanner_.take("(")) {
      if (++depth_ > deepest) throw MarkerProblem{"it has too many brackets within brackets"};
      term = alternatives();
      if (!scanner_.take(")")) fail("a closing bracket");
      --depth_;
    } else {
      term = comparison();
    }
    scanner_.take_space();
    return term;
  }

  Term comparison() {
    Term term;
    term.left = operand();
    scanner_.take_space();
    term.op = comparison_operator();
    scanner_.take_space();
    term.right = operand();
    if (!term.left.variable && !term.right.variable) {
      throw MarkerProblem{"it compares two texts, '" + printable(term.left.text, 40) + "' and '" +
                          printable(term.right.text, 40) + "'"};
    }
    auto& variable = term.left.variable ? term.left : term.right;
    auto& value = term.left.variable ? term.right : term.left;
    if (!value.variable && holds_extras(variable.text)) value.text = normalize_name(value.text);
    return term;
  }

  Marker::Operand operand() {
    for (const auto& variable : variables) {
      if (scanner_.take_word(variable.spelling)) return {true, std::string(variable.name)};
    }
    for (const std::string_view quote : {"'", "\""}) {
      if (!scanner_.take(quote)) continue;
      const auto text = scanner_.take_until(quote);
      if (!scanner_.take(quote)) fail("a closing quote");
      // The standard's grammar has none of them within quotes.
      if (text.find('\\') != std::string_view::npos ||
          std::ranges::any_of(text, [](char c) { return is_control(c) && c != '\t'; })) {
        throw MarkerProblem{"a quoted text holds a backslash or a control character"};
      }
      return {false, std::string(text)};
    }
    fail("a variable or a quoted text");
  }

  std::string comparison_operator() {
    for (const auto* const op : operators) {
      if (scanner_.take(op)) return op;
    }
    if (scanner_.take_word("in")) return "in";
    if (scanner_.take_word("not")) {
      if (scanner_.take_space() && scanner_.take_word("in")) return "not in";
      fail("'in'");
    }
    fail("a comparison (==, !=, <, in, …)");
  }

  DependencyScanner scanner_;
  int depth_ = 0;
};

Marker::Result Marker::parse(std::string_view text) {
  try {
    Marker marker;
    marker.root_ = MarkerParser(text).parse();
    return {std::move(marker), {}};
  } catch (const MarkerProblem& problem) {
    return {std::nullopt, problem.text};
  }
}

Marker::Truth Marker::evaluate(const MarkerEnvironment& environment) const {
  return evaluate(root_, environment);
}

Marker::Truth Marker::evaluate(const Term& term, const MarkerEnvironment& environment) {
  if (term.alternatives.empty()) return compare(term, environment);
  auto any = Truth::no;
  for (const auto& terms : term.alternatives) {
    auto all = Truth::yes;
    for (const auto& one : terms) all = std::min(all, evaluate(one, environment));
    any = std::max(any, all);
  }
  return any;
}

Marker::Truth Marker::compare(const Term& term, const MarkerEnvironment& environment) {
  // Of two variables the second one's name is its value: that is how `packaging` reads it.
  const auto& variable = term.left.variable ? term.left.text : term.right.text;
  const auto known = environment.find(variable);
  if (known == environment.end()) return Truth::maybe;
  const auto value = holds_extras(variable) ? normalize_name(known->second) : known->second;
  const auto& left = term.left.variable ? value : term.left.text;
  const auto& right = term.left.variable ? term.right.text : value;
  const auto truth = [](bool holds) { return holds ? Truth::yes : Truth::no; };

  if (term.op == "in") return truth(right.find(left) != std::string::npos);
  if (term.op == "not in") return truth(right.find(left) == std::string::npos);
  if (holds_version(variable)) {
    if (const auto specifier = SpecifierSet::parse(term.op + right);
        specifier && right.find(',') == std::string::npos) {
      const auto version = Version::parse(left);
      if (term.op == "===") return truth(equals_ignoring_case(left, trim(right)));
      return truth(version && specifier->contains(*version));
    }
  }
  if (term.op == "==" || term.op == "<=" || term.op == ">=") return truth(left == right);
  if (term.op == "!=") return truth(left != right);
  if (term.op == "<" || term.op == ">") return Truth::no;
  return Truth::maybe;
}

std::string Marker::to_string() const {
  std::string text;
  write(root_, text);
  return text;
}

void Marker::write(const Term& term, std::string& out) {
  const auto operand = [](const Operand& one) {
    if (one.variable) return one.text;
    const char quote = one.text.find('"') == std::string::npos ? '"' : '\'';
    return quote + one.text + quote;
  };
  if (term.alternatives.empty()) {
    out += operand(term.left) + " " + term.op + " " + operand(term.right);
    return;
  }
  for (std::size_t i = 0; i < term.alternatives.size(); ++i) {
    if (i > 0) out += " or ";
    for (std::size_t k = 0; k < term.alternatives[i].size(); ++k) {
      if (k > 0) out += " and ";
      const auto& one = term.alternatives[i][k];
      if (!one.alternatives.empty()) out += "(";
      write(one, out);
      if (!one.alternatives.empty()) out += ")";
    }
  }
}

}  // namespace wheelyard::package
