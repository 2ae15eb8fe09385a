// The signatures of file formats, each from its specification.
#include "framework/io/file_kind.hpp"

#include "framework/io/safetensors_header.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace credence::io {
namespace {

using namespace std::string_view_literals;

// Bytes at a fixed offset in all files of a kind.
struct Signature {
  std::size_t offset;
  std::string_view bytes;
  std::string_view name;
  FileUse use;
};

constexpr std::array kSignatures{
    Signature{0, "\x89PNG\r\n\x1A\n"sv, "a PNG picture", FileUse::picture},
    Signature{0, "\xFF\xD8\xFF"sv, "a JPEG picture", FileUse::picture},
    Signature{0, "GIF87a"sv, "a GIF picture", FileUse::picture},
    Signature{0, "GIF89a"sv, "a GIF picture", FileUse::picture},
    Signature{8, "WEBP"sv, "a WebP picture", FileUse::picture},
    Signature{0, "II*\0"sv, "a TIFF picture", FileUse::picture},
    Signature{0, "MM\0*"sv, "a TIFF picture", FileUse::picture},
    Signature{0, "II+\0"sv, "a TIFF picture", FileUse::picture},
    Signature{0, "MM\0+"sv, "a TIFF picture", FileUse::picture},
    Signature{0, "\0\0\0\x0CjP  \r\n\x87\n"sv, "a JPEG 2000 picture", FileUse::picture},
    Signature{0, "\xFF\x4F\xFF\x51"sv, "a JPEG 2000 picture", FileUse::picture},
    Signature{0, "\0\0\0\x0CJXL \r\n\x87\n"sv, "a JPEG XL picture", FileUse::picture},
    Signature{0, "\xFF\x0A"sv, "a JPEG XL picture", FileUse::picture},
    Signature{0, "\0\0\1\0"sv, "an icon (ICO)", FileUse::picture},
    Signature{0, "8BPS"sv, "a Photoshop picture (PSD)", FileUse::picture},
    Signature{0, "qoif"sv, "a QOI picture", FileUse::picture},
    Signature{0, "v/1\1"sv, "an OpenEXR picture", FileUse::picture},
    Signature{128, "DICM"sv, "a DICOM picture", FileUse::picture},
    Signature{0, "\x89HDF\r\n\x1A\n"sv, "an HDF5 file", FileUse::tensors},
    Signature{0, "\x93NUMPY"sv, "a NumPy array (npy)", FileUse::tensors},
    Signature{0, "GGUF"sv, "a GGUF model", FileUse::tensors},
    Signature{4, "TFL3"sv, "a TensorFlow Lite model", FileUse::tensors},
    Signature{0, "\x1F\x8B"sv, "a gzip file", FileUse::packed},
    Signature{0, "BZh"sv, "a bzip2 file", FileUse::packed},
    Signature{0,
              "\xFD"
              "7zXZ\0"sv,
              "an xz file", FileUse::packed},
    Signature{0, "\x28\xB5\x2F\xFD"sv, "a Zstandard file", FileUse::packed},
    Signature{0, "7z\xBC\xAF\x27\x1C"sv, "a 7z archive", FileUse::packed},
    Signature{0, "Rar!\x1A\7"sv, "a RAR archive", FileUse::packed},
    Signature{257, "ustar"sv, "a tar archive", FileUse::packed},
    Signature{0, "%PDF-"sv, "a PDF document", FileUse::other},
    Signature{0,
              "\x7F"
              "ELF"sv,
              "a program (ELF)", FileUse::other},
    Signature{0, "version https://git-lfs"sv,
              "a pointer of Git LFS, in place of the file itself (\"git lfs pull\" fetches it)",
              FileUse::other},
};

bool has(std::string_view head, std::size_t offset, std::string_view bytes) {
  return head.size() >= offset && head.substr(offset).starts_with(bytes);
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

std::size_t little_endian(std::string_view bytes) {
  std::size_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) {
    value = value << 8 | static_cast<unsigned char>(bytes[i - 1]);
  }
  return value;
}

// PKWARE, ".ZIP File Format Specification", section 4.3.7: the name of the first file begins at
// byte 30, and its length is at byte 26. torch.save puts all files into a folder of the archive.
FileKind zip_kind(std::string_view head) {
  constexpr std::size_t kNameAt = 30;
  if (head.size() < kNameAt) return {"a zip archive", FileUse::packed};
  const std::string_view name = head.substr(kNameAt, little_endian(head.substr(26, 2)));
  const std::string_view inner = name.substr(std::min(name.find('/') + 1, name.size()));
  constexpr std::array kOfPyTorch{"data.pkl"sv, "constants.pkl"sv,   "byteorder"sv,
                                  "version"sv,  ".format_version"sv, "data/0"sv};
  if (inner.size() < name.size() &&
      std::find(kOfPyTorch.begin(), kOfPyTorch.end(), inner) != kOfPyTorch.end()) {
    return {"a PyTorch zip (torch.save)", FileUse::tensors};
  }
  if (name.ends_with(".npy")) return {"a NumPy archive (npz)", FileUse::tensors};
  if (name.empty() || !is_printable(name)) return {"a zip archive", FileUse::packed};
  return {fmt::format("a zip archive that begins with {}", name), FileUse::packed};
}

// ISO/IEC 14496-12: a box "ftyp" with the major brand, a version and the compatible brands.
FileKind box_kind(std::string_view head) {
  const std::string_view brands = head.substr(8, std::min<std::size_t>(head.size() - 8, 56));
  const auto any = [&](std::initializer_list<std::string_view> wanted) {
    return std::any_of(wanted.begin(), wanted.end(), [&](std::string_view brand) {
      return brands.find(brand) != std::string_view::npos;
    });
  };
  if (any({"avif", "avis"})) return {"an AVIF picture", FileUse::picture};
  if (any({"heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1"})) {
    return {"a HEIC picture", FileUse::picture};
  }
  return {"a video (MP4 or QuickTime)", FileUse::other};
}

// A BITMAPFILEHEADER, then the size of one of the headers that may follow.
bool is_bmp(std::string_view head) {
  if (!head.starts_with("BM") || head.size() < 18) return false;
  const std::size_t header = little_endian(head.substr(14, 4));
  return header >= 12 && header <= 124;
}

// Pickle protocols 2 to 5 begin with the opcode PROTO. torch.save of PyTorch before 1.6 pickled a
// magic number first.
FileKind pickle_kind(std::string_view head) {
  if (has(head, 2, "\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19"sv)) {
    return {"a PyTorch file from before version 1.6 (torch.save)", FileUse::tensors};
  }
  return {"a Python pickle", FileUse::tensors};
}

// A ModelProto: field 1, the version of the format, as a small number; then field 2, the producer's
// name, or field 7, the graph.
bool is_onnx(std::string_view head) {
  if (head.size() < 4 || head[0] != '\x08' || head[1] < 1 || head[1] > 31) return false;
  if (head[2] == '\x3A') return true;
  const auto length = static_cast<unsigned char>(head[3]);
  return head[2] == '\x12' && length > 0 && is_printable(head.substr(4, length));
}

// Netpbm's formats: P1 to P7, white space, then a number, a comment or a keyword.
bool is_pnm(std::string_view head) {
  return head.size() > 3 && head[0] == 'P' && head[1] >= '1' && head[1] <= '7' &&
         (head[2] == '\n' || head[2] == ' ');
}

FileKind text_kind(std::string_view head) {
  constexpr std::size_t kShown = 40;
  constexpr std::size_t kLooked = 64;
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  const std::size_t first = head.find_first_not_of(kJsonSpace);
  if (first == std::string_view::npos) return {};
  head.remove_prefix(first);
  std::string lower(head.substr(0, kLooked));
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower.starts_with("<!doctype html") || lower.starts_with("<html")) return {"an HTML page"};
  if (lower.starts_with("<svg")) return {"an SVG picture", FileUse::picture};
  if (lower.starts_with("<?xml")) {
    if (head.find("<svg") != std::string_view::npos) return {"an SVG picture", FileUse::picture};
    return {"an XML text"};
  }
  const bool text = std::all_of(lower.begin(), lower.end(), [](char c) {
    return (c >= ' ' && c <= '~') || c == '\t' || c == '\r' || c == '\n';
  });
  if (!text) return {};
  if (lower.starts_with('{')) return {"a JSON text"};
  const std::string_view line = head.substr(0, head.find_first_of("\t\r\n"));
  return {fmt::format("a text that begins with \"{}\"", line.substr(0, kShown)), FileUse::text};
}

// A header size, then `{`, or white space that may go on beyond the head.
bool is_safetensors(std::string_view head) {
  if (head.size() <= kSafeTensorsSizeBytes) return false;
  const std::size_t first = head.find_first_not_of(kJsonSpace, kSafeTensorsSizeBytes);
  return (first == std::string_view::npos || head[first] == '{') &&
         little_endian(head.substr(0, kSafeTensorsSizeBytes)) <= kLargestSafeTensorsHeader;
}

FileKind kind_of_text(std::string_view head) {
  // This comes first, because a header size may look like any other signature.
  if (is_safetensors(head)) {
    return {"a safetensors file", FileUse::safetensors};
  }
  for (const Signature& signature : kSignatures) {
    if (has(head, signature.offset, signature.bytes)) {
      return {std::string(signature.name), signature.use};
    }
  }
  if (head.starts_with("PK\3\4") || head.starts_with("PK\5\6")) return zip_kind(head);
  if (has(head, 4, "ftyp")) return box_kind(head);
  if (is_bmp(head)) return {"a BMP picture", FileUse::picture};
  if (head.size() > 2 && head[0] == '\x80' && head[1] >= 2 && head[1] <= 5) {
    return pickle_kind(head);
  }
  if (is_onnx(head)) return {"an ONNX model", FileUse::tensors};
  // The header of an idx file: two zero bytes, the type of the elements and the number of
  // dimensions.
  if (has(head, 0, "\0\0"sv) && head.size() > 3 && head[2] >= 8 && head[2] <= 14 && head[3] >= 1 &&
      head[3] <= 4) {
    return {"an idx file"};
  }
  if (is_pnm(head)) return {"a PNM picture", FileUse::picture};
  return text_kind(head);
}

}  // namespace

FileKind kind_of(std::span<const std::uint8_t> head) {
  return kind_of_text(std::string_view(reinterpret_cast<const char*>(head.data()),
                                       std::min(head.size(), kKindBytes)));
}

FileKind kind_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, kKindBytes> head{};
  file.read(head.data(), head.size());
  return kind_of_text(std::string_view(head.data(), static_cast<std::size_t>(file.gcount())));
}

}  // namespace credence::io
