#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "rules/user/expression_checker.h"
#include "rules/user/expression_words.h"
#include "rules/user/jq_functions.h"

namespace xdscope::rules::user {

using Base = FieldType::Base;

void read_whole(const Type& type) {
  if (type.needs != nullptr) type.needs->read_all();
}

Type either(const Type& a, const Type& b) {
  read_whole(a);
  read_whole(b);
  const bool same = a.known && b.known && a.field.base == b.field.base &&
                    a.field.shape == b.field.shape && a.field.list == b.field.list;
  return same ? Type{true, a.field, {}} : Type{};
}

Type boolean_type() { return {true, {Base::kBoolean, nullptr, false, false}, {}}; }

void ExpressionChecker::fault(std::size_t offset, std::string message, std::string hint) {
  if (out_.fault) return;
  out_.fault = ExpressionFault{std::move(message), std::move(hint),
                               first_line_ + lines_before(text_, offset)};
}

// Remembers what is read, for explanations.
void ExpressionChecker::note(const Type& type) {
  if (!type.path || type.path->empty() || !type.known) return;
  if (type.field.base == Base::kObject) return;
  if (std::find(out_.paths.begin(), out_.paths.end(), *type.path) == out_.paths.end()) {
    out_.paths.push_back(*type.path);
  }
}

Type ExpressionChecker::element(const Type& type) {
  if (!type.known || !type.field.list) return read_whole(type), Type{};
  Type out = type;
  out.field.list = false;
  if (out.path) *out.path += "[]";
  if (out.field.base == Base::kAny) out.known = false;
  return out;
}

Type ExpressionChecker::iterate(const Type& type) {
  if (!type.known || type.field.list) return element(type);
  read_whole(type);
  if (type.field.base != Base::kObject && type.field.base != Base::kAny) {
    fault(at_ > 0 ? tokens_[at_ - 1].offset : 0,
          fmt::format("[] on {}, which is a {}", type.path.value_or("a value"),
                      type_text(type.field)),
          "only lists have elements");
  }
  return {};
}

Type ExpressionChecker::named(const Type& type, const JqToken& literal) {
  const JqString name = jq_string(literal.text);
  // Which member it is, is not known before it runs.
  if (!name.programs.empty()) return read_whole(type), Type{};
  return field(type, name.text, literal.offset);
}

Type ExpressionChecker::field(const Type& type, std::string_view name, std::size_t offset) {
  if (!type.known || type.field.base == Base::kAny) return read_whole(type), Type{};
  const std::string path = type.path.value_or("");
  if (type.field.list) {
    const std::string list = path.empty() ? "this" : path;
    fault(offset, fmt::format(".{} on {}, which is a list", name, list),
          path.empty() ? "write [] to reach its elements"
                       : fmt::format("write any({}[]; .{}), or {}[].{}", path, name, path, name));
    return {};
  }
  if (type.field.base != Base::kObject) {
    fault(offset,
          fmt::format(".{} on {}, which is a {}", name, path.empty() ? "a value" : path,
                      type_text(type.field)),
          {});
    return {};
  }
  const Field* found = type.field.shape->find(name);
  if (found == nullptr) {
    fault(offset, fmt::format("a {} has no field \"{}\"", type.field.shape->name, printable(name)),
          field_hint(*type.field.shape, name));
    return {};
  }
  Type out{true, found->type, {}};
  if (type.needs != nullptr) out.needs = &type.needs->member(name);
  if (found->type.base == Base::kAny) {
    out_.reads_free_form = true;
    return read_whole(out), Type{};
  }
  if (type.path) out.path = fmt::format("{}.{}", path, name);
  return out;
}

Type ExpressionChecker::literal(const Type& input, const JqToken& token) {
  for (const std::string_view program : jq_string(token.text).programs) {
    const auto offset = static_cast<std::size_t>(program.data() - text_.data());
    ExpressionChecker inner(program, out_, first_line_ + lines_before(text_, offset));
    inner.variables_ = variables_;
    inner.defined_ = defined_;
    inner.depth_ = depth_;
    read_whole(inner.run(input));
  }
  return {true, {Base::kString, nullptr, false, false}, {}};
}

Type ExpressionChecker::variable(const JqToken& token) {
  const auto known = variables_.find(token.text);
  return known == variables_.end() ? Type{} : known->second;
}

Type ExpressionChecker::result(const Type& input, std::string_view function,
                               const std::vector<Type>& arguments) {
  const std::size_t count = arguments.size();
  const bool first = function == "first" || function == "last";
  // `first(f)` and the like hand on what an argument yields.
  std::size_t passed = count;
  if (first && count == 1) passed = 0;
  if (function == "limit" && count == 2) passed = 1;
  if (function == "map" && count == 1 && arguments[0].known && !arguments[0].field.list) passed = 0;
  // The condition has read what it needs of the elements.
  const bool goes_through = (function == "any" || function == "all") && count == 2;
  for (std::size_t i = goes_through ? 1 : 0; i < count; ++i) {
    if (i != passed) read_whole(arguments[i]);
  }
  const bool of_list = input.known && input.field.list;
  if (passed < count) {
    Type out = arguments[passed];
    if (function == "map") {
      out.field.list = true;
      out.path.reset();
    }
    return out;
  }
  if (first && count == 0) return element(input);
  // Elements go by as they are.
  const bool by_key = function == "sort_by" || function == "unique_by";
  if (function == "select" || (by_key && of_list)) return input;
  if ((function == "min_by" || function == "max_by") && of_list) return element(input);
  if (function == "length" && of_list) return {true, {Base::kNumber, nullptr, false, false}, {}};
  if ((function == "any" || function == "all") && count == 1) return boolean_type();
  if (function == "map" && of_list) return {};
  if (ignores_input(function, count)) return {};
  read_whole(input);
  if (keeps_type(function)) return input;
  if (function == "min" || function == "max") return element(input);
  return {};
}

}  // namespace xdscope::rules::user
