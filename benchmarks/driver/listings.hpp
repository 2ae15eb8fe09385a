// What the commands models, datasets, tasks and methods print.
#pragma once

#include <string>

namespace credence::benchmarks {

/// Each model with the shape of its images, its data set, its parameters in both families and the
/// multiply-adds of one image.
std::string models_listing();

/// Each data set with its images and classes, and where its files are, or how to get them.
std::string datasets_listing();

/// Each task with what it does.
std::string tasks_listing();

/// Each method that task compare knows, with what it is.
std::string methods_listing();

}  // namespace credence::benchmarks
