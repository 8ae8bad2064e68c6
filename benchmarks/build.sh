# Sourced by the scripts beside it, from this folder: publishes what they run into artifacts/bench.
bench=../artifacts/bench
mkdir -p "$bench"
../.ci/node-modules
for project in ../examples/TestServer LoadClient Floor; do
    dotnet publish "$project" --configuration Release --nologo --verbosity quiet --output "$bench/$(basename "$project")"
done
# What the rows are of: the sources may have moved on when they are measured or reported.
echo "$(git rev-parse --short HEAD 2>/dev/null || echo unknown)$([ -z "$(git status --porcelain --untracked-files=no 2>/dev/null)" ] || echo ' with changes')" > "$bench/commit"

# Tells builds of the library apart.
build_of_ours() { sha256sum "$bench/TestServer/Akka.ClusterAdapter.dll" | cut -c1-8; }
