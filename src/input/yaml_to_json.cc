#include "input/yaml_to_json.h"

#include <algorithm>

#include <fmt/format.h>
#include <yaml.h>

#include "input/yaml_builder.h"

namespace xdscope {
namespace {

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";

struct Parser {
  yaml_parser_t yaml;
  bool ready = yaml_parser_initialize(&yaml) != 0;

  Parser() = default;
  ~Parser() {
    if (ready) yaml_parser_delete(&yaml);
  }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;
};

struct Event {
  yaml_event_t yaml = {};

  Event() = default;
  ~Event() { yaml_event_delete(&yaml); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
};

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// The rest of the text from a line and column (in characters) on.
std::string_view text_at(std::string_view text, std::size_t line, std::size_t column) {
  for (; line > 0 && !text.empty(); --line) {
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  }
  for (; column > 0 && !text.empty(); --column) {
    text.remove_prefix(1);
    while (!text.empty() && continues_character(text[0])) text.remove_prefix(1);
  }
  return text;
}

YamlProblem problem_at(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const std::size_t line_start = before.rfind('\n') + 1;
  YamlProblem problem;
  problem.line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  problem.column = static_cast<std::size_t>(
      std::count_if(before.begin() + static_cast<std::ptrdiff_t>(line_start), before.end(),
                    [](char c) { return !continues_character(c); }));
  return problem;
}

// A byte or character that YAML does not allow; libyaml gives its offset.
YamlProblem describe_reader_problem(const yaml_parser_t& parser, std::string_view text) {
  YamlProblem problem = problem_at(text, parser.problem_offset);
  const std::string_view reason = parser.problem;
  if (reason.find("UTF-8") != std::string_view::npos) {
    problem.message = "not valid UTF-8";
  } else {
    problem.message = fmt::format("not YAML: {}", reason);
  }
  return problem;
}

std::string hint_for(std::string_view problem, char found) {
  if (problem.starts_with("mapping values are not allowed")) {
    return "a value that has ': ' in it needs quotes; else check the indentation of this line and "
           "of the one before";
  }
  if (found == '@' || found == '`' || found == '%') {
    return fmt::format("a value that begins with '{}' needs quotes", found);
  }
  if (problem.starts_with("did not find expected")) {
    return "check the indentation, and quote values that begin with a quote or a bracket";
  }
  return {};
}

YamlProblem describe_syntax_problem(const yaml_parser_t& parser, std::string_view text) {
  const yaml_mark_t& mark = parser.problem_mark;
  const std::string_view rest = text_at(text, mark.line, mark.column);
  const std::string_view reason = parser.problem;
  const std::string inside = parser.context == nullptr
                                 ? ""
                                 : fmt::format(", {} that begins in line {}", parser.context,
                                               parser.context_mark.line + 1);
  YamlProblem problem{.line = mark.line, .column = mark.column, .message = {}};
  if (rest.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    problem.message = fmt::format("the YAML is cut off: {}{}", reason, inside);
    problem.hint =
        "take the dump again if it was not written to its end; else a quote or bracket is "
        "not closed";
  } else if (rest[0] == '\t') {
    problem.message = "not YAML: a tab where only spaces may stand";
    problem.hint = "indent with spaces";
  } else {
    problem.message = fmt::format("not YAML: {}{}", reason, inside);
    problem.hint = hint_for(reason, rest[0]);
  }
  return problem;
}

YamlProblem describe_problem(const yaml_parser_t& parser, std::string_view text) {
  switch (parser.error) {
    case YAML_READER_ERROR:
      return describe_reader_problem(parser, text);
    case YAML_SCANNER_ERROR:
    case YAML_PARSER_ERROR:
      return describe_syntax_problem(parser, text);
    default:
      return {.message = "not enough memory to read the text"};
  }
}

// libyaml takes U+0085, U+2028 and U+2029 for line breaks, as YAML 1.1 did, and would fold them
// away or see lines where there are none.
std::size_t find_old_line_break(std::string_view text) {
  return std::min({text.find("\xC2\x85"), text.find("\xE2\x80\xA8"), text.find("\xE2\x80\xA9")});
}

bool is_utf16(std::string_view text) {
  return text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF");
}

}  // namespace

Result<Buffer> yaml_to_json(std::string_view yaml, const std::string& name) {
  if (is_utf16(yaml)) {
    return fail(ErrorCode::kInput, "the text is UTF-16; only UTF-8 is read", name,
                "convert it: iconv -f UTF-16 -t UTF-8");
  }
  if (yaml.starts_with(kUtf8Mark)) yaml.remove_prefix(kUtf8Mark.size());
  const auto error = [&name](YamlProblem problem) {
    return fail(ErrorCode::kInput, std::move(problem.message),
                fmt::format("{}:{}:{}", name, problem.line + 1, problem.column + 1),
                std::move(problem.hint));
  };

  if (const std::size_t at = find_old_line_break(yaml); at != std::string_view::npos) {
    YamlProblem problem = problem_at(yaml, at);
    problem.message = "a line separator of Unicode (U+0085, U+2028 or U+2029) stands unescaped";
    problem.hint = "write it as \\N, \\L or \\P in double quotes";
    return error(std::move(problem));
  }

  Parser parser;
  if (!parser.ready) return error({.message = "not enough memory to read the text"});
  yaml_parser_set_encoding(&parser.yaml, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&parser.yaml, reinterpret_cast<const unsigned char*>(yaml.data()),
                               yaml.size());
  YamlBuilder builder(yaml.size());
  yaml_event_type_t type = YAML_NO_EVENT;
  while (type != YAML_STREAM_END_EVENT) {
    Event event;
    if (yaml_parser_parse(&parser.yaml, &event.yaml) == 0) {
      return error(describe_problem(parser.yaml, yaml));
    }
    if (!builder.take(event.yaml)) return error(std::move(builder.problem()));
    type = event.yaml.type;
  }
  if (builder.output().failed()) return error({.message = "not enough memory to read the text"});
  return builder.output().take();
}

}  // namespace xdscope
