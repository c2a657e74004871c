// A read-only view of JSON text: values are positions in a document, decoded when asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xdscope::json {

class Document;
class Members;
class Elements;

enum class Type { kAbsent, kNull, kBool, kNumber, kString, kArray, kObject };

// Whether a JSON key names the proto field `snake`: as written, or in the lowerCamelCase form of
// the proto3 JSON mapping.
bool is_field(std::string_view key, std::string_view snake);

// One value of a document: two words, copied freely, valid as long as the Document lives. A value
// that is not there is absent, and so is every value reached through it: chains of get() need no
// checks in between. Strings are views into the document (unescaped copies live in it, too).
//
// Accessors that return an optional ask; the others (text(), *_or(), get(), elements()) say what
// the value has to be: where it is there and of another type, they give the default and note a
// mismatch in the document (see mismatches()), so that nothing broken is passed over in silence.
class Value {
 public:
  Value() = default;

  // False for an absent value and for null, which the proto3 JSON mapping reads as "not set".
  explicit operator bool() const { return type() > Type::kNull; }
  Type type() const;
  bool is_object() const { return type() == Type::kObject; }
  bool is_array() const { return type() == Type::kArray; }
  bool is_string() const { return type() == Type::kString; }

  // The member for a proto field, named in snake_case; matches camelCase keys too. Absent where
  // this is no object, has no such member, or the member is null.
  Value get(std::string_view field) const;
  Value operator[](std::string_view field) const { return get(field); }
  // The member with exactly this key, for map keys and Struct contents.
  Value at(std::string_view key) const;

  // The decoded string; nothing where this is no string or has a broken escape.
  std::optional<std::string_view> string() const;
  std::string_view string_or(std::string_view otherwise) const;
  // "" for all that is no string: the proto3 default.
  std::string_view text() const { return string_or({}); }
  std::optional<bool> boolean() const;
  bool boolean_or(bool otherwise) const;
  // Whole numbers; 64-bit ones stand as strings in the proto3 JSON mapping, both are read.
  std::optional<std::int64_t> integer() const;
  std::int64_t integer_or(std::int64_t otherwise) const;
  std::optional<std::uint64_t> unsigned_integer() const;
  std::optional<double> number() const;

  // Empty where this is no object or array.
  Members members() const;
  Elements elements() const;
  // Members or elements; 0 for all else.
  std::size_t size() const;
  bool empty() const;

  // The JSON text as it stands in the document; "" when absent.
  std::string_view raw() const;
  // Byte offset of the value's first character in the document.
  std::size_t offset() const;
  const Document* document() const { return document_; }

  friend bool operator==(const Value& a, const Value& b) = default;

 private:
  friend class Document;
  friend class Members;
  friend class Elements;
  friend std::string pointer_of(const Value& value);
  friend std::vector<struct Mismatch> mismatches(const Document& document);
  Value(const Document* document, std::uint32_t slot) : document_(document), slot_(slot) {}
  void expected(Type type) const;

  const Document* document_ = nullptr;
  std::uint32_t slot_ = 0;
};

// A value that was asked for as something it is not.
struct Mismatch {
  Value value;
  Type expected = Type::kAbsent;
};
// Those met in a document so far, each value once, at most some hundred.
std::vector<Mismatch> mismatches(const Document& document);
// "a string", "a list", …
std::string_view type_name(Type type);

struct Member {
  std::string_view key;
  Value value;
  // The key is the proto field `snake`.
  bool is(std::string_view snake) const { return is_field(key, snake); }
};

// The members of an object, in the order of the text.
class Members {
 public:
  class Iterator {
   public:
    using value_type = Member;
    using difference_type = std::ptrdiff_t;
    Member operator*() const;
    Iterator& operator++();
    bool operator==(const Iterator& other) const { return slot_ == other.slot_; }

   private:
    friend class Members;
    Iterator(const Document* document, std::uint32_t slot) : document_(document), slot_(slot) {}
    const Document* document_;
    std::uint32_t slot_;
  };
  Iterator begin() const { return {document_, begin_}; }
  Iterator end() const { return {document_, end_}; }

 private:
  friend class Value;
  const Document* document_ = nullptr;
  std::uint32_t begin_ = 0;
  std::uint32_t end_ = 0;
};

// The elements of an array, or the roots of a document.
class Elements {
 public:
  class Iterator {
   public:
    using value_type = Value;
    using difference_type = std::ptrdiff_t;
    Value operator*() const { return {document_, slot_}; }
    Iterator& operator++();
    bool operator==(const Iterator& other) const { return slot_ == other.slot_; }

   private:
    friend class Elements;
    Iterator(const Document* document, std::uint32_t slot) : document_(document), slot_(slot) {}
    const Document* document_;
    std::uint32_t slot_;
  };
  Iterator begin() const { return {document_, begin_}; }
  Iterator end() const { return {document_, end_}; }
  bool empty() const { return begin_ == end_; }
  // Counted, one by one.
  std::size_t size() const;
  // Absent where there is none.
  Value front() const { return empty() ? Value() : *begin(); }

 private:
  friend class Document;
  friend class Value;
  Elements() = default;
  Elements(const Document* document, std::uint32_t begin, std::uint32_t end)
      : document_(document), begin_(begin), end_(end) {}
  const Document* document_ = nullptr;
  std::uint32_t begin_ = 0;
  std::uint32_t end_ = 0;
};

// Where a value stands, for people: lines and columns count from 1.
struct Position {
  std::size_t line = 0;
  std::size_t column = 0;
};

// Line and column of a value in its document's text. For YAML input lines are those of the YAML.
Position position_of(const Value& value);
// RFC 6901 pointer from the root of the value's document; "" for the root and for absent values.
// Both are fast where places are asked for in the order of the text.
std::string pointer_of(const Value& value);

}  // namespace xdscope::json
