// Files and standard input as bytes, and bytes as JSON documents, whatever they are written in.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/buffer.h"
#include "json/document.h"
#include "xdscope/error.h"

namespace xdscope {

// The whole file; "-" is standard input. Folders are refused.
Result<Buffer> read_file(const std::string& path);

// Unpacks gzip (RFC 1952, several members too) up to `limit` bytes; other bytes are returned as
// they are.
Result<Buffer> gunzip(Buffer bytes, const std::string& name,
                      std::uint64_t limit = json::Document::kMaxBytes);

// Plain or gzip, JSON or YAML, as a document.
Result<std::unique_ptr<json::Document>> read_document(
    Buffer bytes, const std::string& name, std::uint64_t limit = json::Document::kMaxBytes);

}  // namespace xdscope
