// The worker: the framework in WebAssembly, one command after the other.
'use strict';

let core;

function call(command, numbers) {
  core.HEAPF64.set(numbers, core._explorer_arguments(numbers.length) / 8);
  const failed = core.ccall('explorer_call', 'number', ['string'], [command]);
  const names = core.UTF8ToString(core._explorer_names());
  if (failed) throw new Error(names);
  let begin = core._explorer_numbers() / 8;
  const figures = {};
  for (const line of names.split('\n')) {
    if (!line) continue;
    const [name, count] = line.split('\t');
    figures[name] = core.HEAPF64.slice(begin, begin + Number(count));
    begin += Number(count);
  }
  return figures;
}

// The bytes of what the page holds compressed.
function decompressed(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).arrayBuffer();
}

async function start({ wasm, weights }) {
  core = await makeExplorer({ wasmBinary: await decompressed(wasm) });
  core.FS.writeFile('/weights', new Uint8Array(await decompressed(weights)));
  if (core.ccall('explorer_load', 'number', ['string'], ['/weights'])) {
    throw new Error(core.UTF8ToString(core._explorer_names()));
  }
}

const begun = [];
let ready = false;
function answer({ id, command, numbers }) {
  try {
    postMessage({ id, figures: call(command, numbers) });
  } catch (error) {
    postMessage({ id, error: String(error.message || error) });
  }
}
onmessage = async ({ data }) => {
  if (data.wasm) {
    try {
      await start(data);
      ready = true;
      postMessage({ id: -1, figures: {} });
      begun.forEach(answer);
    } catch (error) {
      postMessage({ id: -1, error: String(error.message || error) });
    }
  } else if (ready) {
    answer(data);
  } else {
    begun.push(data);
  }
};
