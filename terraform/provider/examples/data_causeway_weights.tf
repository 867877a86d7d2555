data "causeway_weights" "web" {
  service = causeway_service.web.name
  from    = causeway_site.fra.name
}

output "weights" {
  value = { for one in data.causeway_weights.web.weights : one.real_server => one.weight }
}
