// A seed node, and three workers behind one address. They need no sticky sessions: a request that comes to the wrong worker is sent on to the one that
// owns its session.
const string NoDashboard = "--no-dashboard";
var options = new DistributedApplicationOptions { Args = [.. args.Except([NoDashboard])], DisableDashboard = args.Contains(NoDashboard) };
var builder = DistributedApplication.CreateBuilder(options);
var port = int.Parse(builder.Configuration["Port"] ?? "3000");
var seedPort = builder.Configuration["SeedPort"] ?? "8110";
var seedNode = $"akka.tcp://chat@127.0.0.1:{seedPort}";

var seed = builder.AddProject<Projects.SeedNodes_Example>("seed")
    .WithArgs(Hocon("seed-node.conf"))
    .WithEnvironment("AKKA__REMOTE__DOT_NETTY__TCP__PORT", seedPort)
    .WithEnvironment("AKKA__CLUSTER__SEED_NODES__0", seedNode)
    .WithHttpEndpoint()
    .WithHttpHealthCheck("/health/ready");

builder.AddProject<Projects.SeedNodes_Example>("chat")
    .WithArgs(Hocon("worker.conf"))
    .WithEnvironment("AKKA__CLUSTER__SEED_NODES__0", seedNode)
    .WithHttpEndpoint(port)
    .WithHttpHealthCheck("/health/ready")
    .WithReplicas(3)
    .WaitFor(seed);

builder.Build().Run();

// The files of the repository as they stand.
string Hocon(string file) => Path.GetFullPath(Path.Combine(builder.AppHostDirectory, "..", "..", "HOCON", file));
