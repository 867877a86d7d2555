data "causeway_plan" "more" {
  documents = [yamlencode({
    apiVersion = "causeway/v1"
    kind       = "Site"
    metadata   = { name = "nyc" }
  })]
}

output "operations" {
  value = { for agent in data.causeway_plan.more.agents : agent.name => agent.operations }
}
