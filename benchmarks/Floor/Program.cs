using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Floor;

// Floor --workers N --port P : N workers on P, P + 1, ..., as CONTRACT.md wants it. With --worker I: one of them, until its standard input ends.
int Option(string name) => int.Parse(args[Array.IndexOf(args, name) + 1], CultureInfo.InvariantCulture);
var (workers, port) = (Option("--workers"), Option("--port"));
if (args.Contains("--worker"))
{
    using var worker = new Worker(Option("--worker"), workers, port);
    worker.Run();
    return;
}

var children = Enumerable.Range(0, workers).Select(i => Process.Start(
    new ProcessStartInfo(Environment.ProcessPath!, [Environment.GetCommandLineArgs()[0], .. args, "--worker", $"{i}"])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    })!).ToArray();
foreach (var child in children)
    await child.StandardOutput.ReadLineAsync();

var end = new TaskCompletionSource();
using var onTermination = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
{
    context.Cancel = true;
    end.TrySetResult();
});
var urls = string.Join(',', Enumerable.Range(port, workers).Select(own => $"\"http://127.0.0.1:{own}\""));
Console.WriteLine($$"""READY {"pid":{{Environment.ProcessId}},"urls":[{{urls}}]}""");
await end.Task;
foreach (var child in children)
    child.StandardInput.Close();
foreach (var child in children)
    await child.WaitForExitAsync();
