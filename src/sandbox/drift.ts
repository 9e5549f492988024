import * as z from 'zod';

/** Reply shapes that later pages and third-party clients of the two clouds show instead of the documented ones. All off by default. */
export const driftSchema = z.strictObject({
  volt_envelope: z.boolean().describe('success replies outside fine-tuning become {success:true,data:{...}}'),
  volt_create_wrapped: z
    .boolean()
    .describe('POST /pods answers {success:true,pod:{id,targonUid,ssh_command,status}}'),
  volt_detail_uid: z
    .boolean()
    .describe('GET /pods/:id answers {uid,workload_type,status,message,ready_replicas,...}'),
  volt_upper_case: z.boolean().describe('pod statuses in upper case'),
  volt_list_shape: z
    .enum(['normal', 'empty_object', 'null', 'bare_array'])
    .describe('GET /pods answers {}, {pods:null} or a bare array'),
  volt_machine_rows: z
    .boolean()
    .describe('GET /machines rows as {name,price,total_gpu_count,vcpu,memory,...}'),
  volt_cost_per_gpu: z.boolean().describe('cost_per_hour of a pod is the price of one GPU'),
  volt_ssh_command: z
    .boolean()
    .describe('pod detail adds ssh_host, ssh_port 20000, ssh_user, ssh_ready, ssh_command'),
  volt_stop_refund: z.boolean().describe('the stop reply adds prepaidRefund'),
  volt_jobs_unavailable: z.boolean().describe('every /fine-tuning endpoint answers 503 not_available'),
  volt_gradients_id_late: z.boolean().describe('gradientsTaskId is null while a job is pending'),
  volt_8b_at_table_price: z
    .boolean()
    .describe('an 8B model costs 46.25/h as the tier table says, not 27.75 as the examples say'),
  volt_targon_any_price: z
    .boolean()
    .describe('the cost_per_hour of a Targon request is not compared with the price'),
  volt_custom_text: z.boolean().describe('taskType custom_text is accepted'),
  nebula_keys_path: z
    .enum(['/api_keys', '/api-keys', '/keys'])
    .describe('the path at which GET lists the API keys; the others answer 404'),
  nebula_detail_object: z.boolean().describe('the instance detail is an object, not an array of one'),
  nebula_detail_empty: z.boolean().describe('the detail of an unknown id is a success with data:[]'),
  nebula_detail_attribute_names: z
    .boolean()
    .describe('the detail says lan_ipv4, user_name, password as its attribute table does'),
  nebula_price_string: z.boolean().describe('price_per_hour of instances is a string'),
  nebula_spot_rows: z.boolean().describe('products add country, vram, is_spot'),
  nebula_fastapi_errors: z.boolean().describe('validation errors are 422 {detail:[{loc,msg,type}]}'),
  nebula_not_found_404: z
    .boolean()
    .describe('an unknown id answers HTTP 404 in place of 200 with status "failed"'),
});

/** The drift switches. */
export type Drift = z.output<typeof driftSchema>;

/** The documented behaviour: every switch off. */
export function noDrift(): Drift {
  return {
    volt_envelope: false,
    volt_create_wrapped: false,
    volt_detail_uid: false,
    volt_upper_case: false,
    volt_list_shape: 'normal',
    volt_machine_rows: false,
    volt_cost_per_gpu: false,
    volt_ssh_command: false,
    volt_stop_refund: false,
    volt_jobs_unavailable: false,
    volt_gradients_id_late: false,
    volt_8b_at_table_price: false,
    volt_targon_any_price: false,
    volt_custom_text: false,
    nebula_keys_path: '/api_keys',
    nebula_detail_object: false,
    nebula_detail_empty: false,
    nebula_detail_attribute_names: false,
    nebula_price_string: false,
    nebula_spot_rows: false,
    nebula_fastapi_errors: false,
    nebula_not_found_404: false,
  };
}
