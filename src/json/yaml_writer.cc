#include "json/yaml_writer.h"

#include <algorithm>
#include <numeric>

#include "json/yaml_quoting.h"

namespace xdscope::json {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20;
constexpr std::size_t kIndent = 2;
// Longer keys stand behind a '?': YAML's readers look ahead for the colon so far only.
constexpr std::size_t kLongestSimpleKey = 128;

}  // namespace

YamlWriter::YamlWriter(Sink sink, KeyOrder order) : sink_(std::move(sink)), order_(order) {}

YamlWriter::YamlWriter(std::FILE* file, KeyOrder order)
    : YamlWriter(
          [file](std::string_view piece) {
            return std::fwrite(piece.data(), 1, piece.size(), file) == piece.size();
          },
          order) {}

// The first line of a collection continues the line of what it belongs to, behind a dash.
void YamlWriter::begin_line(Frame& frame) {
  if (frame.count == 0 && frame.place == Place::kAfterKey) text_ += '\n';
  if (frame.count > 0 || frame.place == Place::kAfterKey) text_.append(frame.indent, ' ');
  ++frame.count;
}

YamlWriter::Place YamlWriter::begin_value() {
  if (frames_.empty()) {
    flush_if_full();
    if (documents_++ > 0) text_ += "---\n";
    return Place::kRoot;
  }
  Frame& frame = frames_.back();
  if (!frame.array) return frame.member_place;
  flush_if_full();
  begin_line(frame);
  text_ += "- ";
  return Place::kInline;
}

void YamlWriter::begin_collection(bool array) {
  const Place place = begin_value();
  std::size_t indent = 0;
  if (!frames_.empty()) {
    const bool beside_key = array && place == Place::kAfterKey;
    indent = frames_.back().indent + (beside_key ? 0 : kIndent);
  }
  frames_.push_back(
      {.array = array, .place = place, .indent = indent, .first_member = members_.size()});
}

void YamlWriter::end_collection(std::string_view empty) {
  const Frame frame = frames_.back();
  frames_.pop_back();
  if (frame.count == 0) {
    if (frame.place == Place::kAfterKey) text_ += ' ';
    text_ += empty;
    text_ += '\n';
  }
  if (frame.array || order_ != KeyOrder::kSorted || frame.count == 0) return;
  if (!frame.in_order) sort_members(frame);
  names_.resize(members_[frame.first_member].name_begin);
  members_.resize(frame.first_member);
}

void YamlWriter::begin_object() { begin_collection(false); }
void YamlWriter::begin_array() { begin_collection(true); }
void YamlWriter::end_object() { end_collection("{}"); }
void YamlWriter::end_array() { end_collection("[]"); }

void YamlWriter::key(std::string_view name) {
  Frame& frame = frames_.back();
  begin_line(frame);
  if (order_ == KeyOrder::kSorted) note_member(frame, name);
  YamlStyle style = yaml_style(name);
  if (style == YamlStyle::kLiteral) style = YamlStyle::kDoubleQuoted;
  const bool simple = name.size() <= kLongestSimpleKey;
  if (!simple) text_ += "? ";
  append_yaml_scalar(text_, name, style);
  if (simple) {
    text_ += ':';
    frame.member_place = Place::kAfterKey;
    return;
  }
  text_ += '\n';
  text_.append(frame.indent, ' ');
  text_ += ": ";
  frame.member_place = Place::kInline;
}

void YamlWriter::scalar(std::string_view text) {
  if (begin_value() == Place::kAfterKey) text_ += ' ';
  text_ += text;
  text_ += '\n';
}

void YamlWriter::raw(std::string_view scalar_json) { scalar(scalar_json); }

void YamlWriter::string(std::string_view text) {
  const YamlStyle style = yaml_style(text);
  if (begin_value() == Place::kAfterKey) text_ += ' ';
  if (style == YamlStyle::kLiteral) {
    append_yaml_literal(text_, text, kIndent + (frames_.empty() ? 0 : frames_.back().indent));
  } else {
    append_yaml_scalar(text_, text, style);
  }
  text_ += '\n';
}

void YamlWriter::note_member(Frame& frame, std::string_view name) {
  if (members_.size() > frame.first_member && yaml_key_less(name, name_of(members_.back()))) {
    frame.in_order = false;
  }
  members_.push_back({text_.size(), names_.size(), name.size()});
  names_ += name;
}

// A member's text reaches to the indentation of the next one.
void YamlWriter::sort_members(const Frame& frame) {
  const std::size_t begin = members_[frame.first_member].begin;
  std::vector<std::size_t> order(members_.size() - frame.first_member);
  std::iota(order.begin(), order.end(), frame.first_member);
  std::stable_sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
    return yaml_key_less(name_of(members_[a]), name_of(members_[b]));
  });
  std::string sorted;
  sorted.reserve(text_.size() - begin);
  for (const std::size_t i : order) {
    const std::size_t end =
        i + 1 < members_.size() ? members_[i + 1].begin - frame.indent : text_.size();
    if (!sorted.empty()) sorted.append(frame.indent, ' ');
    sorted.append(text_, members_[i].begin, end - members_[i].begin);
  }
  text_.replace(begin, std::string::npos, sorted);
}

void YamlWriter::flush() {
  if (!text_.empty() && !sink_(text_)) sink_failed_ = true;
  text_.clear();
}

void YamlWriter::flush_if_full() {
  if (text_.size() >= kPiece && members_.empty()) flush();
}

bool YamlWriter::finish() {
  flush();
  return !sink_failed_;
}

namespace {

void write_string(const Value& value, Writer& writer) {
  // A string with a broken escape is shown as it is written.
  const std::string_view raw = value.raw();
  writer.string(value.string_or(raw.substr(1, raw.size() - 2)));
}

}  // namespace

void write_value(const Value& value, Writer& writer) {
  switch (value.type()) {
    case Type::kAbsent:
      writer.raw("null");
      break;
    case Type::kNull:
    case Type::kBool:
    case Type::kNumber:
      writer.raw(value.raw());
      break;
    case Type::kString:
      write_string(value, writer);
      break;
    case Type::kArray:
      writer.begin_array();
      for (const Value& element : value.elements()) write_value(element, writer);
      writer.end_array();
      break;
    case Type::kObject:
      writer.begin_object();
      for (const auto& [name, member] : value.members()) {
        writer.key(name);
        write_value(member, writer);
      }
      writer.end_object();
      break;
  }
}

std::string to_yaml(const Value& value, KeyOrder order) {
  std::string text;
  YamlWriter writer(
      [&text](std::string_view piece) {
        text += piece;
        return true;
      },
      order);
  write_value(value, writer);
  writer.finish();
  return text;
}

}  // namespace xdscope::json
