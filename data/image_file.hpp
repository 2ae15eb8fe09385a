// Pictures from files. Only the library credence_images contains stb_image.
#pragma once

#include "data/colour.hpp"
#include "framework/core/tensor.hpp"

#include <cstdint>
#include <filesystem>

namespace credence::data {

/// Reads a picture (PNG, JPEG or BMP, recognised by its contents) as uint8 [C, H, W] of the given
/// size. A picture of another size is stretched to it without regard to proportions (see
/// resize_plane). `channels` is 1 for grey, 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), or 3 for
/// colour. A palette is resolved. A transparent picture is laid on `background`, as viewers show
/// it: each gamma-encoded sample becomes αc + (1 − α)b, rounded, before grey is computed and the
/// size changed. 16 bits become 8, rounded. An orientation tag and PNG's own background (bKGD) are
/// ignored. In a BMP of 32 bits without masks the fourth byte is alpha, unless it is 0 in all
/// pixels.
///
/// Throws ValueError for a size below 1 and for other numbers of channels. Throws FileError that
/// names the file where it cannot be read, is not such a picture (the message says what it is), is
/// cut short or damaged, or has more than 2^27 pixels or 2^24 on a side.
Tensor read_image(const std::filesystem::path& path, std::int64_t height, std::int64_t width,
                  std::int64_t channels, const Colour& background = kWhite);

}  // namespace credence::data
